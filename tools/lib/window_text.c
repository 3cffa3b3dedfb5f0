// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vm_config.h"
#include "lib/window_text.h"

int pfb_window_text_parse(const char *text, u64 max, struct pfb_window *window,
			  struct pfb_error *err)
{
	u64 base, size, limit;
	char *end;

	errno = 0;
	base = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || errno || *end != ':' ||
	    !pfb_vm_size(end + 1, 1, &size))
		return pfb_fail(err, -EINVAL, "expected BASE:SIZE such as 0x400000000000:64T, got '%s'",
				text);
	if (!size || check_add_overflow(base, size - 1, &limit) || limit > max)
		return pfb_fail(err, -EINVAL, "'%s' is empty, or goes beyond 0x%llx", text,
				(unsigned long long)max);
	*window = (struct pfb_window) { .base = base, .limit = limit };
	return 0;
}
