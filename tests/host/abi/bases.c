#include "abi/abi.h"
void abi_bases(void){}
