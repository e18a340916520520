// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of targets and initiators, and the directory of a target in configfs.
 */
#include <linux/slab.h>

#include "scsi.h"

int scsi_name_proto(const char *name, u8 *skip)
{
	*skip = 0;
	if (strstarts(name, "naa."))
		return SCSI_PROTOCOL_SAS;
	if (strstarts(name, "iqn."))
		return SCSI_PROTOCOL_ISCSI;
	if (!strstarts(name, "fc."))
		return -EINVAL;
	*skip = strlen("fc.");
	return SCSI_PROTOCOL_FCP;
}

struct se_wwn *scsi_wwn_make(struct target_fabric_configfs *tf,
			     struct config_group *group, const char *name)
{
	struct scsi_wwn *wwn;
	int proto;
	u8 skip;

	proto = scsi_name_proto(name, &skip);
	if (proto < 0 || strlen(name) >= SCSI_NAME_LEN) {
		pr_err("vhost_scsi: \"%s\" is no WWN: naa., iqn. or fc., and at most %u characters\n",
		       name, SCSI_NAME_LEN - 1);
		return ERR_PTR(-EINVAL);
	}
	wwn = kzalloc(sizeof(*wwn), GFP_KERNEL);
	if (!wwn)
		return ERR_PTR(-ENOMEM);
	wwn->proto = proto;
	wwn->skip = skip;
	strscpy(wwn->name, name);
	return &wwn->se;
}

void scsi_wwn_drop(struct se_wwn *se)
{
	kfree(container_of(se, struct scsi_wwn, se));
}
