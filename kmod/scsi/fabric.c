// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fabric's table: what LIO calls, and where that is. A nexus is one
 * initiator, the guest; it logs in in demo mode, without ACLs of its own, and
 * may write.
 */
#include <linux/module.h>
#include <linux/utsname.h>

#include "scsi.h"

static char *get_wwn(struct se_portal_group *se)
{
	struct scsi_wwn *wwn = scsi_tpg_of(se)->wwn;

	return wwn->name + wwn->skip;
}

static u16 get_tag(struct se_portal_group *se)
{
	return scsi_tpg_of(se)->tag;
}

static int yes(struct se_portal_group *se)
{
	return 1;
}

static int prot_fabric_only(struct se_portal_group *se)
{
	return READ_ONCE(scsi_tpg_of(se)->fabric_prot_type);
}

/* The data of a WRITE are there before LIO sees the command. */
static int write_pending(struct se_cmd *se)
{
	target_execute_cmd(se);
	return 0;
}

/* The one reference that there is, besides those of an abort. */
static int check_stop_free(struct se_cmd *se)
{
	return target_put_sess_cmd(se);
}

static void release_cmd(struct se_cmd *se)
{
	if (se->se_cmd_flags & SCF_SCSI_TMR_CDB)
		scsi_tmf_done(se);
	else
		scsi_cmd_done(scsi_cmd_of(se));
}

static ssize_t scsi_wwn_version_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "Ringside vhost_scsi on %s/%s %s\n",
			  utsname()->sysname, utsname()->machine,
			  utsname()->release);
}
CONFIGFS_ATTR_RO(scsi_wwn_, version);

static struct configfs_attribute *wwn_attrs[] = {
	&scsi_wwn_attr_version,
	NULL,
};

/*
 * A backstore may sleep when a command is submitted, and the worker serves other
 * LUNs, too: by default LIO submits from its own threads. An administrator can
 * choose otherwise for a backstore (attrib/submit_type).
 */
const struct target_core_fabric_ops scsi_fabric_ops = {
	.module = THIS_MODULE,
	.fabric_name = "vhost",
	.max_data_sg_nents = SCSI_MAX_DATA / PAGE_SIZE,
	.tpg_get_wwn = get_wwn,
	.tpg_get_tag = get_tag,
	.tpg_check_demo_mode = yes,
	.tpg_check_demo_mode_cache = yes,
	.tpg_check_prot_fabric_only = prot_fabric_only,
	.check_stop_free = check_stop_free,
	.release_cmd = release_cmd,
	.write_pending = write_pending,
	.queue_data_in = scsi_cmd_data_in,
	.queue_status = scsi_cmd_status,
	.queue_tm_rsp = scsi_tmf_responded,
	.aborted_task = scsi_cmd_aborted,
	.fabric_make_wwn = scsi_wwn_make,
	.fabric_drop_wwn = scsi_wwn_drop,
	.fabric_make_tpg = scsi_tpg_make,
	.fabric_drop_tpg = scsi_tpg_drop,
	.fabric_post_link = scsi_lun_linked,
	.fabric_pre_unlink = scsi_lun_unlinked,
	.tfc_wwn_attrs = wwn_attrs,
	.tfc_tpg_base_attrs = scsi_tpg_attrs,
	.tfc_tpg_attrib_attrs = scsi_tpg_attrib_attrs,
	.direct_submit_supp = 1,
	.default_submit_type = TARGET_QUEUE_SUBMIT,
	COMPAT_TARGET_DIRECT_COMPL
};
