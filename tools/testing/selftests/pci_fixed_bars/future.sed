# SPDX-License-Identifier: GPL-2.0
# include/uapi/linux/pci_fixed_bars.h as a later version may be: another number, and two
# fields more at the end of each request's struct.
s/^\(#define PFB_API_VERSION[ \t]*\).*/\12/
/^struct pfb_ioc_\(version\|bar\|path\|manifest\|verify\|export\|enforce\) {/,/^};/ {
	s/^};/	__u64	later[2];\n};/
}
