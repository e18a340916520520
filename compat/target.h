/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack of the SCSI target's interface, for kmod/scsi.
 */
#ifndef RINGSIDE_COMPAT_TARGET_H
#define RINGSIDE_COMPAT_TARGET_H

/* Commands may be completed where the backstore completes them. */
#ifdef HAVE_TARGET_DIRECT_COMPL
#define COMPAT_TARGET_DIRECT_COMPL		\
	.direct_compl_supp = 1,			\
	.default_compl_type = TARGET_DIRECT_COMPL,
#else
#define COMPAT_TARGET_DIRECT_COMPL
#endif

#endif /* RINGSIDE_COMPAT_TARGET_H */
