#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In a guest with the layout of the RFC: P2P bandwidth between its NIC and its GPU,
# against RAM and against bouncing. P2P_ROUNDS says how often to measure. The
# figures go to /results.

set -e

GPU=0000:00:01.0/00.0/00.0/00.0
NIC=0000:00:01.0/00.0/01.0/00.0

modprobe pci_fixed_bars
for depth in 1 4; do
	pci-fixed-bars bench --overwrite --rounds "$P2P_ROUNDS" --depth "$depth" --profile \
		--json-file "/results/p2p-$depth.json" "$GPU" "$NIC"
	echo
done
