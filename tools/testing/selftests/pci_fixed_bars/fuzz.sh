#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# fuzz - requests, files and ACPI tables with contents that were made up, with what code
# they reach as the guide; of root and of a user
#
# Needs: root; the module and a kernel that were built with kcov, as the bench's debug
# kernel; a provider and an NVMe under its switch. For tables CONFIG_ACPI_CONFIGFS.
# Changes: reloads the module; moves BARs.
#
#	PFB_FUZZ=	seconds for root, and for a user half of them (default: 120)
#	PFB_TABLES=	ACPI tables (default: 16)
#	PFB_SEED=	which way (default: 1)

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

NOBODY=65534
SECONDS_OF_ROOT=${PFB_FUZZ:-120}
TABLES=${PFB_TABLES:-16}
SEED=${PFB_SEED:-1}
TABLE=/sys/kernel/config/acpi/table/pfb
POINTS=$(cat "$(dirname "$0")/kcov_points" 2>/dev/null)

pfb_begin_moving
[ -e /sys/kernel/debug/kcov ] || ktap_skip_all "kernel $(uname -r) has no kcov" skip
pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR" \
	"$NIC_PATH,id=$NIC_ID,bar0@$NIC_ADDR+$NIC_SIZE=$NIC_ADDR"
chmod 711 "$WORK"
chmod 644 "$WORK/manifest"
command=$(pfb_command "$GPU")
pfb_finally "setpci -s $GPU COMMAND=$command"
pfb_command "$GPU" 0 2

# fuzzed SECONDS LEAST [OPTION]...: it ran, and at least so many places of the module were reached
fuzzed()
{
	seconds=$1
	least=$2
	shift 2
	runs 0 pfb_fuzz -t "$seconds" -s "$SEED" "$@" "$WORK/manifest" "$GPU" "$GPU_BAR"
	ktap_say "$ktap_out${POINTS:+
the module has $POINTS places}"
	reached=$(printf '%s\n' "$ktap_out" | sed -n 's/.* \([0-9]*\) places reached$/\1/p')
	is "places reached, at least $least" "$([ "${reached:-0}" -ge "$least" ] && echo yes)" yes
}

t_root()
{
	runs 0 pfb_load policy=preserve
	fuzzed "$SECONDS_OF_ROOT" 1000
	# Whatever was loaded and moved: what the hypervisor said can be had again.
	runs 0 pfb_dev manifest - verify
	runs 0 pfb_dev enforce 'do'
	pfb_held 'all that'
	runs 0 pfb_unload
}

# A device that was opened by root and handed out gives a user nothing but the version.
t_user()
{
	runs 0 pfb_load policy=preserve
	fuzzed $((SECONDS_OF_ROOT / 2)) 20 -u "$NOBODY"
	pfb_held 'all that'
	runs 0 pfb_unload
}

# Tables that are right as AML, with any answer to function 0 and 5: which status must
# come of it is known to who made them.
t_tables()
{
	[ -d /sys/firmware/acpi/tables ] || { ktap_skip 'a machine without ACPI'; return; }
	modprobe acpi_configfs 2>/dev/null
	[ -d "${TABLE%/*}" ] || { ktap_skip "kernel $(uname -r) loads no ACPI tables at run time"; return; }
	n=0
	while [ "$n" -lt "$TABLES" ]; do
		n=$((n + 1))
		expected=$(pfb_dsm "$((SEED * 1000 + n))" "$WORK/dsm.aml")
		mkdir "$TABLE"
		cat "$WORK/dsm.aml" >"$TABLE/aml"
		taken=$(cat "$TABLE/signature" 2>/dev/null)
		runs 0 pfb_load policy=observe
		if [ "${expected%% *}" != any ]; then
			is "table $n ($expected): the kernel took it" "$taken" SSDT
			is "table $n ($expected): status" "$(pfb_source acpi status)" "${expected%% *}"
			is "table $n ($expected): preserve" "$(pfb_attr "$GPU" preserve)" \
				"$(echo "$expected" | cut -d' ' -f2)"
		fi
		runs 0 pfb_unload
		rmdir "$TABLE"
		printf '%s\n' "$expected" >>"$WORK/tables"
	done
	ktap_say "$(sort "$WORK/tables" | cut -d' ' -f1,2 | uniq -c)"
}

ktap_test 'requests and files, as root' t_root
ktap_test 'requests and files, as a user' t_user
ktap_test 'ACPI tables' t_tables

ktap_run
