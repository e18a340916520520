// SPDX-License-Identifier: GPL-2.0-only
/* The model test for packed rings; see model.h. */
#include "model.h"

int main(int argc, char **argv)
{
	/* most are no power of two, which split rings cannot have */
	static const uint32_t sizes[] = { 1, 3, 8, 100, 256, 1000, 32768 };

	return model_main(argc, argv, DRV_PACKED, sizes,
			  sizeof(sizes) / sizeof(*sizes));
}
