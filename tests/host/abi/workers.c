#include "abi/abi.h"
void abi_workers(void){}
