#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the initrd: loads the module before udev loads drivers. Whatever is wrong,
# the boot goes on.
modprobe -q pci_fixed_bars ||
	echo "pci-fixed-bars: the module is not loaded ('pci-fixed-bars policy show' may know why); boot goes on" >/dev/kmsg
:
