// SPDX-License-Identifier: GPL-2.0-only
/* The model test for split rings; see model.h. */
#include "model.h"

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1, 2, 8, 64, 256, 1024, 32768 };

	return model_main(argc, argv, DRV_SPLIT, sizes,
			  sizeof(sizes) / sizeof(*sizes));
}
