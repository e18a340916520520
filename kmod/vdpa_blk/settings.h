/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an administrator has written to /sys/kernel/config/vdpa_blk/NAME, for
 * the device that `vdpa dev add name NAME` makes.
 */
#ifndef RINGSIDE_VDPA_BLK_SETTINGS_H
#define RINGSIDE_VDPA_BLK_SETTINGS_H

#include "blk.h"

struct vblk_settings;

/**
 * vblk_settings_claim() - take the settings called @name for a new device
 * @plan: filled; valid until vblk_settings_release()
 *
 * From here on they cannot be changed or removed.
 * Return: the settings, or ERR_PTR: -ENOENT there are none; -EEXIST they are
 * taken; -ENODATA no backing device was chosen.
 * Context: sleeps.
 */
struct vblk_settings *vblk_settings_claim(const char *name,
					  struct vblk_plan *plan);

/* vblk_settings_attach() - @dev can be reached through the settings */
void vblk_settings_attach(struct vblk_settings *s, struct vblk_dev *dev);

/* vblk_settings_detach() - it cannot; nobody uses it through them any more */
void vblk_settings_detach(struct vblk_settings *s);

/* vblk_settings_release() - the device is gone; end of claim */
void vblk_settings_release(struct vblk_settings *s);

int vblk_settings_register(void);
void vblk_settings_unregister(void);

#endif /* RINGSIDE_VDPA_BLK_SETTINGS_H */
