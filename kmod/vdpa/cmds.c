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
	{ VHOST_VDPA_GET_DEVICE_ID, VHOST_CMD_OUT,
	  .apply = vdpa_device_id_apply },
	{ VHOST_VDPA_GET_VRING_NUM, VHOST_CMD_OUT,
	  .apply = vdpa_num_max_apply },
	{ VHOST_VDPA_GET_IOVA_RANGE, VHOST_CMD_OUT,
	  .apply = vdpa_iova_range_apply },
	{ VHOST_VDPA_GET_CONFIG_SIZE, VHOST_CMD_OUT,
	  .apply = vdpa_config_size_apply },
	{ VHOST_VDPA_GET_AS_NUM, VHOST_CMD_OUT, .apply = vdpa_as_num_apply },
	{ VHOST_VDPA_GET_VQS_COUNT, VHOST_CMD_OUT,
	  .apply = vdpa_vqs_count_apply },
	{ VHOST_VDPA_GET_GROUP_NUM, VHOST_CMD_OUT,
	  .apply = vdpa_group_num_apply },
	{ VHOST_VDPA_GET_VRING_SIZE, VQ_ASK, .apply = vdpa_vq_size_apply },
	{ VHOST_VDPA_GET_VRING_GROUP, VQ_ASK,
	  .execute = vdpa_group_get_execute },
	{ VHOST_VDPA_GET_VRING_DESC_GROUP, VQ_ASK,
	  .execute = vdpa_desc_group_get_execute },

	/* status, features, configuration */
	{ VHOST_VDPA_GET_STATUS, VHOST_CMD_OUT,
	  .apply = vdpa_status_get_apply },
	{ VHOST_VDPA_SET_STATUS, VHOST_CMD_IN,
	  .execute = vdpa_status_set_execute },
	{ VHOST_VDPA_SUSPEND, 0, .execute = vdpa_suspend_execute },
	{ VHOST_VDPA_RESUME, 0, .execute = vdpa_resume_execute },
	{ VHOST_SET_FEATURES, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_features_prepare, vdpa_features_check,
	  .execute = vdpa_features_execute, .finish = vhost_features_finish },
	{ VHOST_SET_FEATURES_ARRAY, VHOST_CMD_IN | VHOST_CMD_ALL_VQS,
	  vhost_features_array_prepare, vdpa_features_check,
	  .execute = vdpa_features_execute, .finish = vhost_features_finish },
	{ VHOST_SET_BACKEND_FEATURES, VHOST_CMD_IN,
	  .check = vdpa_backend_features_check,
	  .apply = vdpa_backend_features_apply },
	{ VHOST_VDPA_GET_CONFIG, VHOST_CMD_IN,
	  .execute = vdpa_config_get_execute },
	{ VHOST_VDPA_SET_CONFIG, VHOST_CMD_IN,
	  .execute = vdpa_config_set_execute },
	{ VHOST_VDPA_SET_CONFIG_CALL, VHOST_CMD_IN, vdpa_config_call_prepare,
	  .apply = vdpa_config_call_apply, .finish = vhost_eventfd_finish },

	/* queues and their groups */
	{ VHOST_SET_VRING_NUM, VQ_SET, .check = vdpa_num_check,
	  .apply = vdpa_num_apply },
	{ VHOST_SET_VRING_ADDR, VQ_SET, .check = vdpa_addr_check,
	  .execute = vdpa_addr_execute },
	{ VHOST_SET_VRING_BASE, VQ_SET, .check = vdpa_base_check,
	  .execute = vdpa_base_execute },
	{ VHOST_GET_VRING_BASE, VQ_GET, .execute = vdpa_base_get_execute },
	{ VHOST_SET_VRING_CALL, VQ_SET, vhost_eventfd_prepare,
	  .apply = vdpa_call_apply, .finish = vhost_eventfd_finish },
	{ VHOST_VDPA_SET_VRING_ENABLE, VQ_SET, .apply = vdpa_enable_apply },
	{ VHOST_VDPA_SET_GROUP_ASID, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  .check = vdpa_group_asid_check, .execute = vdpa_group_asid_execute },

	/* the dirty log */
	{ VHOST_SET_LOG_BASE, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  .execute = vdpa_log_base_execute },
	{ VHOST_SET_LOG_FD, VHOST_CMD_IN | VHOST_CMD_OWNER,
	  .check = vdpa_log_fd_check },
};

const u32 vdpa_n_cmds = ARRAY_SIZE(vdpa_cmds);
