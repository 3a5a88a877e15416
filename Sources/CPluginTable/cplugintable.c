#include "cplugintable.h"
