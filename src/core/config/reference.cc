#include "core/config/root.h"
