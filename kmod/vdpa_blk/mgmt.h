/* SPDX-License-Identifier: GPL-2.0-only */
/* The management device that the vdpa tool sees. */
#ifndef RINGSIDE_VDPA_BLK_MGMT_H
#define RINGSIDE_VDPA_BLK_MGMT_H

/* Context: module init; settings are registered before. 0 or -errno. */
int vblk_mgmt_register(void);

/* Deletes all devices. Context: module exit. */
void vblk_mgmt_unregister(void);

#endif /* RINGSIDE_VDPA_BLK_MGMT_H */
