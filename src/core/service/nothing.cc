#include "core/service/config.h"
