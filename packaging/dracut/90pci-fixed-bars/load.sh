#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the initrd: loads the module before udev loads drivers. Whatever is wrong,
# the boot goes on.
modprobe -q pci_fixed_bars || echo "pci-fixed-bars: the module is not loaded; boot goes on" >/dev/kmsg
:
