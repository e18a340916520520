// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands: vhost_vdpa's own, and those common ones that must
 * reach the parent. What they do stands with what they are about.
 *
 * Programs ask and negotiate before there is an owner; queues, address spaces
 * and memory are the owner's alone.
 */
#include "vdpa/vdpa.h"

enum {
	VQ_ASK = VHOST_CMD_IN | VHOST_CMD_OUT | VHOST_CMD_VQ,
	VQ_SET = VHOST_CMD_IN | VHOST_CMD_OWNER | VHOST_CMD_VQ,
	VQ_GET = VQ_SET | VHOST_CMD_OUT,
};

const struct vhost_cmd vdpa_cmds[] = {
	/* what the parent is */
	{ VHOST_VDPA_GET_DEVICE_ID, VHOST_CMD_OUT, vdpa_cmd_get_device_id },
	{ VHOST_VDPA_GET_VRING_NUM, VHOST_CMD_OUT, vdpa_cmd_get_num_max },
	{ VHOST_VDPA_GET_IOVA_RANGE, VHOST_CMD_OUT, vdpa_cmd_get_iova_range },
	{ VHOST_VDPA_GET_CONFIG_SIZE, VHOST_CMD_OUT, vdpa_cmd_get_config_size },
	{ VHOST_VDPA_GET_AS_NUM, VHOST_CMD_OUT, vdpa_cmd_get_as_num },
	{ VHOST_VDPA_GET_VQS_COUNT, VHOST_CMD_OUT, vdpa_cmd_get_vqs_count },
	{ VHOST_VDPA_GET_GROUP_NUM, VHOST_CMD_OUT, vdpa_cmd_get_group_num },
	{ VHOST_VDPA_GET_VRING_SIZE, VQ_ASK, .check = vdpa_cmd_get_vq_size },
	{ VHOST_VDPA_GET_VRING_GROUP, VQ_ASK, .check = vdpa_cmd_get_group },
	{ VHOST_VDPA_GET_VRING_DESC_GROUP, VQ_ASK,
	  .check = vdpa_cmd_get_desc_group },

	/* status, features, configuration */
	{ VHOST_VDPA_GET_STATUS, VHOST_CMD_OUT, vdpa_cmd_get_status },
	{ VHOST_VDPA_SET_STATUS, VHOST_CMD_IN, vdpa_cmd_set_status },
	{ VHOST_VDPA_SUSPEND, 0, vdpa_cmd_suspend },
	{ VHOST_VDPA_RESUME, 0, vdpa_cmd_resume },
	{ VHOST_SET_FEATURES, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_features_prepare, vdpa_cmd_check_features,
	  vhost_features_apply, vhost_features_finish },
	{ VHOST_SET_FEATURES_ARRAY, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_features_array_prepare, vdpa_cmd_check_features,
	  vhost_features_apply, vhost_features_finish },
	{ VHOST_SET_BACKEND_FEATURES, VHOST_CMD_IN,
	  .check = vdpa_cmd_check_backend_features,
	  .apply = vdpa_cmd_set_backend_features },
	{ VHOST_VDPA_GET_CONFIG, VHOST_CMD_IN, vdpa_cmd_get_config },
	{ VHOST_VDPA_SET_CONFIG, VHOST_CMD_IN, vdpa_cmd_set_config },
	{ VHOST_VDPA_SET_CONFIG_CALL, VHOST_CMD_IN, vdpa_cmd_find_config_call,
	  .apply = vdpa_cmd_set_config_call, .finish = vhost_eventfd_finish },

	/* queues and their groups */
	{ VHOST_SET_VRING_NUM, VQ_SET, .check = vdpa_cmd_check_num,
	  .apply = vhost_num_apply },
	{ VHOST_SET_VRING_ADDR, VQ_SET, .check = vdpa_cmd_check_addr,
	  .apply = vhost_addr_apply },
	{ VHOST_SET_VRING_BASE, VQ_SET, .check = vdpa_cmd_check_base,
	  .apply = vhost_base_apply },
	{ VHOST_GET_VRING_BASE, VQ_GET, .check = vdpa_cmd_get_base },
	{ VHOST_SET_VRING_CALL, VQ_SET, vhost_eventfd_prepare,
	  .apply = vdpa_cmd_set_call, .finish = vhost_eventfd_finish },
	{ VHOST_VDPA_SET_VRING_ENABLE, VQ_SET, .check = vdpa_cmd_check_enable },
	{ VHOST_VDPA_SET_GROUP_ASID, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  vdpa_cmd_set_group_asid },

	/* the dirty log */
	{ VHOST_SET_LOG_BASE, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  vdpa_cmd_set_log_base },
	{ VHOST_SET_LOG_FD, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  vdpa_cmd_set_log_fd },
};

const u32 vdpa_n_cmds = ARRAY_SIZE(vdpa_cmds);
