#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# paths - the verdict of a path from a client to a provider's BAR, and its reasons
#
# Needs: root; the tool; a provider and an NVMe under one switch; for other verdicts
# an NVMe behind another root port, and a root port with ACS that two functions
# are directly below. The module where it is: its verdicts count for the path.
# PFB_SIBLINGS=1: the last two are there.
# Changes: for a moment, command registers and ACS control, by setpci.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_must_disturb
pfb_roles
pfb_have_cli || ktap_skip_all "no $CLI" lack
command -v setpci >/dev/null || ktap_skip_all 'no setpci (package pciutils)' lack
pfb_have_gpu_address || ktap_skip_all "bar$GPU_BAR of $GPU has no address" skip
[ -n "$NIC" ] || ktap_skip_all "no NVMe under the switch of $GPU" lack

ELSEWHERE=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))

# With nothing declared no path is good; declared right, the ports decide.
if modinfo "$MODULE" >/dev/null 2>&1; then
	pfb_take_all
	pfb_no_sources
fi

declare_bar()
{
	pfb_declare "$@"
	pfb_load policy=observe
}

good()
{
	declare_bar "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR${1:-}" \
		"$NIC_PATH,id=$NIC_ID${2:-}"
}

# route EXIT VERDICT REASONS PROVIDER CLIENT: REASONS in the tool's order, with commas
route()
{
	runs "$1" "$CLI" path --json "$4" "$5"
	printf '%s\n' "$ktap_out" >"$WORK/path.json"
	is 'verdict' "$(jsonq "$WORK/path.json" verdict)" "$2"
	is 'reasons' "$(jsonq "$WORK/path.json" 'reasons[*].reason' | sort | tr '\n' ' ' | sed 's/ $//')" "$3"
}

t_direct()
{
	good
	route 0 direct '' "$GPU" "$NIC"
	is 'port that decides' "$(jsonq "$WORK/path.json" decided_at)" "$(pfb_switch "$GPU")"
	is 'hops' "$(jsonq "$WORK/path.json" 'hops[*].function' | tr '\n' ' ')" \
		"$NIC $(pfb_parent "$NIC") $(pfb_switch "$GPU") $(pfb_parent "$GPU") $GPU "
	is 'actions' "$(jsonq "$WORK/path.json" 'hops[*].action' | tr '\n' ' ')" \
		'start up turn down end '
}

t_direct_text()
{
	good
	runs 0 "$CLI" path "$GPU" "$NIC"
	like 'verdict in text' "$ktap_out" '^verdict: direct,'
	runs 0 "$CLI" path "$GPU_PATH" "$NIC_PATH"
	like 'paths are taken as well as BDFs' "$ktap_out" '^verdict: direct,'
}

t_nothing_declared()
{
	pfb_no_sources
	pfb_load policy=observe
	route 1 blocked bar-state "$GPU" "$NIC"
}

t_moved()
{
	declare_bar "$GPU_PATH,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE"
	route 1 blocked bar-state "$GPU" "$NIC"
}

t_declared()
{
	declare_bar "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE"
	route 1 blocked bar-state "$GPU" "$NIC"
	runs 0 "$CLI" path --allow-declared "$GPU" "$NIC"
}

t_clique_same()
{
	good ,clique=1 ,clique=1
	route 0 direct '' "$GPU" "$NIC"
}

t_clique_other()
{
	good ,clique=1 ,clique=2
	route 1 blocked clique "$GPU" "$NIC"
}

t_memory_off()
{
	good
	command=$(pfb_command "$GPU")
	pfb_command "$GPU" 2 0
	route 1 blocked memory-off "$GPU" "$NIC"
	setpci -s "$GPU" COMMAND="$command"
	route 0 direct '' "$GPU" "$NIC"
}

t_memory_off_port()
{
	good
	port=$(pfb_parent "$GPU")
	command=$(pfb_command "$port")
	pfb_command "$port" 2 0
	route 1 blocked memory-off "$GPU" "$NIC"
	setpci -s "$port" COMMAND="$command"
}

t_master_off()
{
	good
	command=$(pfb_command "$NIC")
	pfb_command "$NIC" 4 0
	route 1 blocked master-off "$GPU" "$NIC"
	setpci -s "$NIC" COMMAND="$command"
	route 0 direct '' "$GPU" "$NIC"
}

t_master_off_port()
{
	good
	port=$(pfb_parent "$NIC")
	command=$(pfb_command "$port")
	pfb_command "$port" 4 0
	route 1 blocked master-off "$GPU" "$NIC"
	setpci -s "$port" COMMAND="$command"
}

t_window()
{
	good
	port=$(pfb_parent "$GPU")
	limit=$(setpci -s "$port" PREF_MEMORY_LIMIT)
	upper=$(setpci -s "$port" PREF_LIMIT_UPPER32)
	setpci -s "$port" PREF_LIMIT_UPPER32=0 PREF_MEMORY_LIMIT=0
	route 1 blocked 'bar-state window' "$GPU" "$NIC"
	setpci -s "$port" PREF_LIMIT_UPPER32="$upper" PREF_MEMORY_LIMIT="$limit"
	route 0 direct '' "$GPU" "$NIC"
}

t_same()
{
	good
	runs 1 "$CLI" path --json "$GPU" "$GPU"
	printf '%s\n' "$ktap_out" >"$WORK/path.json"
	like 'reasons' "$(jsonq "$WORK/path.json" 'reasons[*].reason')" same-function
}

# ACS control of a port, 6 bytes into the capability; request and completion redirect.
acs()
{
	if [ $# = 1 ]; then
		setpci -s "$1" ECAP000d+6.w 2>/dev/null
	else
		setpci -s "$1" ECAP000d+6.w="$2"
	fi
}

# Every reason is named: without a common bridge the root ports' ACS counts, too.
t_host_bridge()
{
	[ -n "$FAR" ] || { ktap_lack 'no NVMe behind another root port'; return; }
	good
	port=$(pfb_root_port "$GPU")
	old=$(acs "$port")
	far=$(pfb_root_port "$FAR")
	far_old=$(acs "$far")
	[ -z "$old" ] || acs "$port" 0
	[ -z "$far_old" ] || acs "$far" 0
	route 1 host-bridge no-common-bridge "$GPU" "$FAR"
	if [ -n "$old" ]; then
		acs "$port" 4
		route 1 host-bridge 'acs-redirect no-common-bridge' "$GPU" "$FAR"
		acs "$port" "$old"
	fi
	[ -z "$far_old" ] || acs "$far" "$far_old"
}

# A port above the turn is not asked: the packet never gets there.
t_acs_above()
{
	port=$(pfb_root_port "$GPU")
	old=$(acs "$port")
	[ -n "$old" ] || { ktap_lack "root port $port has no ACS"; return; }
	good
	acs "$port" "$(printf %x $((0x$old | 0xc)))"
	route 0 direct '' "$GPU" "$NIC"
	acs "$port" "$old"
}

# Two functions directly below a root port with ACS: it is the one that turns.
siblings()
{
	A=''
	B=''
	for dev in "$PCI"/*; do
		bdf=${dev##*/}
		port=$(pfb_parent "$bdf")
		[ "${port:-none}" = "$(pfb_root_port "$bdf")" ] || continue
		[ -n "$(acs "$port")" ] || continue
		case $(cat "$dev/class") in
		0x0108*) B=$bdf ;;
		0x0500*) A=$bdf ;;
		esac
	done
	[ -n "$A" ] && [ -n "$B" ] && [ "$(pfb_parent "$A")" = "$(pfb_parent "$B")" ]
}

t_acs_root_port()
{
	if ! siblings; then
		why='no ivshmem and NVMe directly below one root port with ACS'
		if [ "${PFB_SIBLINGS:-0}" = 1 ]; then
			ktap_lack "$why"
		else
			ktap_skip "$why"
		fi
		return
	fi
	bar=$(pfb_largest_bar "$A")
	addr=$(pfb_bar_addr "$A" "$bar")
	declare_bar "$(pfb_path "$A"),bar$bar@$addr=$addr"
	port=$(pfb_parent "$A")
	old=$(acs "$port")
	acs "$port" 0
	route 0 direct '' "$A" "$B"
	is 'port that decides' "$(jsonq "$WORK/path.json" decided_at)" "$port"
	for redirect in 4 8 c; do
		acs "$port" "$redirect"
		route 1 redirected acs-redirect "$A" "$B"
		is 'port that decides' "$(jsonq "$WORK/path.json" decided_at)" "$port"
	done
	runs 1 "$CLI" path "$A" "$B"
	like 'the fix is named' "$ktap_out" "pci=.*(disable_acs_redir|config_acs)"
	acs "$port" "$old"
}

t_usage()
{
	runs 2 "$CLI" path
	runs 2 "$CLI" path "$GPU"
	runs 2 "$CLI" path "$GPU" "$NIC" "$GPU"
	runs 2 "$CLI" path nonsense "$NIC"
	runs 3 "$CLI" path 0000:00:1f.7 "$NIC"
}

ktap_test 'same switch: direct, hop by hop' t_direct
ktap_test 'same switch: direct, as text, by BDF and by path' t_direct_text
ktap_test 'different root ports: host-bridge' t_host_bridge
ktap_test 'nothing declared: blocked' t_nothing_declared
ktap_test 'BAR moved: blocked' t_moved
ktap_test 'BAR only declared: blocked, unless the user says that it suffices' t_declared
ktap_test 'same clique: direct' t_clique_same
ktap_test 'different cliques: blocked' t_clique_other
ktap_test 'memory decode off at the provider: blocked' t_memory_off
ktap_test 'memory decode off at the port above the provider: blocked' t_memory_off_port
ktap_test 'bus mastering off at the client: blocked' t_master_off
ktap_test 'bus mastering off at the port above the client: blocked' t_master_off_port
ktap_test 'window of the port above the provider closed: blocked' t_window
ktap_test 'provider and client are one: blocked' t_same
ktap_test 'ACS redirect above the turn: still direct' t_acs_above
ktap_test 'ACS redirect on the root port that turns: redirected' t_acs_root_port
ktap_test 'usage errors and functions that are not there' t_usage

ktap_run
