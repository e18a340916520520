#include "abi/abi.h"
void abi_log(void){}
