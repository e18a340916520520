#include "abi/abi.h"
void abi_iotlb(void){}
