// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attributes of a TPG: its nexus, the session between the target and the
 * guest; and the protection information that the fabric itself offers.
 *
 * In the threads of whoever reads and writes them. A nexus that an endpoint uses
 * stays.
 */
#include <linux/ctype.h>

#include "scsi.h"

/* ---- nexus ------------------------------------------------------------ */

static int make(struct scsi_tpg *tpg, char *name)
{
	struct se_session *nexus;
	int proto;
	u8 skip;

	proto = scsi_name_proto(name, &skip);
	if (proto < 0 || proto != tpg->wwn->proto)
		return -EINVAL;
	guard(mutex)(&scsi_tpgs_lock);
	if (tpg->nexus)
		return -EEXIST;
	nexus = target_setup_session(&tpg->se, 0, 0,
				     TARGET_PROT_DIN_PASS | TARGET_PROT_DOUT_PASS,
				     name + skip, tpg, NULL);
	if (IS_ERR(nexus))
		return PTR_ERR(nexus);
	tpg->nexus = nexus;
	return 0;
}

static struct se_session *take(struct scsi_tpg *tpg)
{
	struct se_session *nexus;

	guard(mutex)(&scsi_tpgs_lock);
	if (!tpg->nexus)
		return ERR_PTR(-ENODEV);
	if (tpg->user)
		return ERR_PTR(-EBUSY);
	nexus = tpg->nexus;
	tpg->nexus = NULL;
	return nexus;
}

/*
 * Commands may still be in it that a closed device or a cleared endpoint has
 * left behind.
 */
static int end(struct scsi_tpg *tpg)
{
	struct se_session *nexus = take(tpg);

	if (IS_ERR(nexus))
		return PTR_ERR(nexus);
	target_stop_session(nexus);
	target_wait_for_sess_cmds(nexus);
	target_remove_session(nexus);
	return 0;
}

void scsi_nexus_end(struct scsi_tpg *tpg)
{
	end(tpg);
}

static ssize_t scsi_tpg_nexus_show(struct config_item *item, char *page)
{
	struct scsi_tpg *tpg = scsi_tpg_of(to_tpg(item));

	guard(mutex)(&scsi_tpgs_lock);
	if (!tpg->nexus)
		return -ENODEV;
	return sysfs_emit(page, "%s\n",
			  tpg->nexus->se_node_acl->initiatorname);
}

static ssize_t scsi_tpg_nexus_store(struct config_item *item, const char *page,
				    size_t count)
{
	struct scsi_tpg *tpg = scsi_tpg_of(to_tpg(item));
	char name[SCSI_NAME_LEN];
	int ret;

	if (strscpy(name, page) < 0)
		return -EINVAL;
	strim(name);
	ret = strcmp(name, "NULL") ? make(tpg, name) : end(tpg);
	return ret ?: count;
}
CONFIGFS_ATTR(scsi_tpg_, nexus);

struct configfs_attribute *scsi_tpg_attrs[] = {
	&scsi_tpg_attr_nexus,
	NULL,
};

/* ---- attrib/fabric_prot_type ------------------------------------------ */

static ssize_t scsi_tpg_attrib_fabric_prot_type_show(struct config_item *item,
						     char *page)
{
	struct scsi_tpg *tpg = scsi_tpg_of(attrib_to_tpg(item));

	return sysfs_emit(page, "%d\n", READ_ONCE(tpg->fabric_prot_type));
}

/* Valid for the next nexus. */
static ssize_t scsi_tpg_attrib_fabric_prot_type_store(struct config_item *item,
						      const char *page,
						      size_t count)
{
	struct scsi_tpg *tpg = scsi_tpg_of(attrib_to_tpg(item));
	u32 type;
	int ret = kstrtou32(page, 0, &type);

	if (ret)
		return ret;
	if (type != TARGET_DIF_TYPE0_PROT && type != TARGET_DIF_TYPE1_PROT &&
	    type != TARGET_DIF_TYPE3_PROT)
		return -EINVAL;
	WRITE_ONCE(tpg->fabric_prot_type, type);
	return count;
}
CONFIGFS_ATTR(scsi_tpg_attrib_, fabric_prot_type);

struct configfs_attribute *scsi_tpg_attrib_attrs[] = {
	&scsi_tpg_attrib_attr_fabric_prot_type,
	NULL,
};
