#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# doctor - what would stop GPUDirect: each fault made for real, named, and gone when it is put right
#
# Needs: root; the tool; a provider and an NVMe under one switch; for other faults
# an NVMe behind another root port, and a root port with ACS that two functions
# are directly below. The module where it is: with and without it.
# PFB_SIBLINGS=1: the last two are there. PFB_FAULTS: faults that this boot has,
# of "iommu" (the client's IOMMU translates) and "realloc" (pci=realloc).
# Changes: for a moment, command registers, ACS control and a BAR's register, by
# setpci; in the bench /etc/nccl.conf; with PFB_FAULTS=iommu the type of the client's
# IOMMU group, which stays.

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

NOBODY=65534
ELSEWHERE=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))
NOWHERE=0xff0000000000	# outside of what any host bridge of the bench forwards
case ${PFB_FAULTS:-} in *iommu*) IOMMU=1 ;; *) IOMMU='' ;; esac
case ${PFB_FAULTS:-} in *realloc*) REALLOC=1 ;; *) REALLOC='' ;; esac

pfb_take_all
pfb_no_sources

# good [GPU FACTS [NIC FACTS]]
good()
{
	pfb_declare "$GPU_PATH,id=$GPU_ID,provider,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR${1:-}" \
		"$NIC_PATH,id=$NIC_ID,client${2:-}"
}

# doctor EXIT ERRORS [OPTION]...: ERRORS are the rules, in the order of the report
doctor()
{
	expected_exit=$1
	expected_errors=$2
	shift 2
	runs "$expected_exit" "$CLI" doctor --json "$@"
	printf '%s\n' "$ktap_out" >"$WORK/doctor.json"
	is 'errors' "$(rules error)" "$expected_errors"
}

# rules SEVERITY: those that fired, in order
rules()
{
	jsonq -l "$WORK/doctor.json" | sed -n 's/^findings\[[0-9]*\]\.\(rule\|severity\)=//p' |
		tr -d '"' | paste -d' ' - - | awk -v want="$1" '$2 == want { printf "%s%s", sep, $1; sep = " " }'
}

# fix RULE: what is to be done about it
fix()
{
	jsonq "$WORK/doctor.json" "findings[rule=$1].fix"
}

t_good()
{
	good
	pfb_unload
	doctor 0 ''
	like 'without the module' "$(rules note)" module-absent
	pfb_load policy=observe
	doctor 0 ''
	unlike 'with the module' "$(rules note)" module-absent
	is 'providers' "$(jsonq "$WORK/doctor.json" providers)" 1
	is 'clients' "$(jsonq "$WORK/doctor.json" clients)" 1
	runs 0 "$CLI" doctor
	like 'counted in text' "$ktap_out" '^0 errors, [0-9]+ warnings?$'
}

t_nobody()
{
	good
	ktap_rc=0
	ktap_out=$(runas "$NOBODY" "$CLI" doctor --json 2>/dev/null) || ktap_rc=$?
	printf '%s\n' "$ktap_out" >"$WORK/doctor.json"
	isnt 'exit of an ordinary user' "$ktap_rc" 0
	like 'what was not seen' "$(rules note)" not-seen
	unlike 'no address is shown' "$ktap_out" "${GPU_ADDR#0x}"
}

t_moved()
{
	pfb_declare "$GPU_PATH,provider,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE" \
		"$NIC_PATH,client"
	pfb_load policy=observe
	doctor 1 bar-moved
	like 'the fix' "$(fix bar-moved)" 'pci=realloc=off'
	like 'the module may not' "$(fix bar-moved)" 'load it with policy=enforce'
	pfb_load policy=preserve
	doctor 1 bar-moved
	like 'the module may' "$(fix bar-moved)" 'pci-fixed-bars enforce'
	# what the module has not read yet it contradicts, and that is said
	good
	doctor 1 bar-disagree
	pfb_load policy=observe
	doctor 0 ''
}

# Why the module did not do it is what the operator has to mend.
t_refused()
{
	pfb_declare "$GPU_PATH,provider,bar$GPU_BAR@$NOWHERE+$GPU_SIZE=$NOWHERE" \
		"$NIC_PATH,client"
	pfb_load policy=enforce
	doctor 1 bar-moved
	like 'the fix' "$(fix bar-moved)" \
		'the module did not move it: .*outside the windows of the host bridge'
	good
	pfb_load policy=observe
	doctor 0 ''
}

# The register itself, behind the kernel's back; put back, all is well.
t_moved_register()
{
	good
	pfb_unload
	pfb_bar_write "$GPU" "$GPU_BAR" "$((ELSEWHERE))"
	runs 1 "$CLI" doctor --json
	pfb_bar_write "$GPU" "$GPU_BAR" "$((GPU_ADDR))"
	printf '%s\n' "$ktap_out" >"$WORK/doctor.json"
	like 'errors' "$(rules error)" '^bar-moved( |$)'
	like 'both addresses' "$(jsonq "$WORK/doctor.json" 'findings[rule=bar-moved].actual')" \
		"register $ELSEWHERE, resource $GPU_ADDR"
	doctor 0 ''
}

t_hpa()
{
	pfb_declare "$GPU_PATH,provider,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" \
		"$NIC_PATH,client"
	doctor 1 bar-hpa-mismatch
}

t_unverified()
{
	pfb_declare "$GPU_PATH,provider,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE" "$NIC_PATH,client"
	doctor 1 bar-unverified
	doctor 0 '' --allow-declared
	pfb_no_sources
	doctor 1 bar-unverified --provider "$GPU" --client "$NIC"
}

t_clique()
{
	good ,clique=1 ,clique=2
	doctor 1 clique-differs
}

t_master_off()
{
	good
	command=$(pfb_command "$NIC")
	pfb_command "$NIC" 4 0
	doctor 1 bus-master-off
	like 'the fix' "$(fix bus-master-off)" "setpci -s $NIC COMMAND=4:4"
	# the fix itself
	eval "$(fix bus-master-off | sed 's/.*: \(setpci .*\)/\1/')"
	doctor 0 ''
	setpci -s "$NIC" COMMAND="$command"
}

t_memory_off()
{
	good
	port=$(pfb_parent "$GPU")
	command=$(pfb_command "$port")
	pfb_command "$port" 2 0
	doctor 1 memory-off
	setpci -s "$port" COMMAND="$command"
	doctor 0 ''
}

t_window()
{
	good
	port=$(pfb_parent "$GPU")
	limit=$(setpci -s "$port" PREF_MEMORY_LIMIT)
	upper=$(setpci -s "$port" PREF_LIMIT_UPPER32)
	setpci -s "$port" PREF_LIMIT_UPPER32=0 PREF_MEMORY_LIMIT=0
	doctor 1 'bar-moved bridge-window'
	setpci -s "$port" PREF_LIMIT_UPPER32="$upper" PREF_MEMORY_LIMIT="$limit"
	doctor 0 ''
}

t_far()
{
	[ -n "$FAR" ] || { ktap_lack 'no NVMe behind another root port'; return; }
	good
	doctor 1 path-no-switch --provider "$GPU" --client "$FAR"
	like 'both are named' "$(jsonq "$WORK/doctor.json" 'findings[rule=path-no-switch].where')" \
		"$FAR and $GPU"
	doctor 0 '' --provider "$GPU" --client "$NIC"
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
		setpci -s "$port" ECAP000d+6.w >/dev/null 2>&1 || continue
		case $(cat "$dev/class") in
		0x0108*) B=$bdf ;;
		0x0500*) A=$bdf ;;
		esac
	done
	[ -n "$A" ] && [ -n "$B" ] && [ "$(pfb_parent "$A")" = "$(pfb_parent "$B")" ]
}

t_acs()
{
	if ! siblings; then
		why='no ivshmem and NVMe directly below one root port with ACS'
		if [ "${PFB_SIBLINGS:-0}" = 1 ]; then ktap_lack "$why"; else ktap_skip "$why"; fi
		return
	fi
	bar=$(pfb_largest_bar "$A")
	addr=$(pfb_bar_addr "$A" "$bar")
	pfb_declare "$(pfb_path "$A"),provider,bar$bar@$addr=$addr" "$(pfb_path "$B"),client"
	port=$(pfb_parent "$A")
	old=$(setpci -s "$port" ECAP000d+6.w)
	setpci -s "$port" ECAP000d+6.w=c
	doctor 1 acs-redirect
	like 'the port' "$(jsonq "$WORK/doctor.json" 'findings[rule=acs-redirect].where')" "^$port "
	like 'the parameter' "$(fix acs-redirect)" "pci=disable_acs_redir=.*setpci -s $port ECAP"
	# the fix itself
	eval "$(fix acs-redirect | sed 's/.*: \(setpci .*\)/\1/')"
	is 'redirect' "$(printf %x $((0x$(setpci -s "$port" ECAP000d+6.w) & 0xc)))" 0
	doctor 0 ''
	setpci -s "$port" ECAP000d+6.w="$old"
}

# All at once: data that goes elsewhere is worse than data that does not go.
t_worst_first()
{
	pfb_declare "$GPU_PATH,provider,clique=1,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" \
		"$NIC_PATH,client,clique=2"
	command=$(pfb_command "$NIC")
	pfb_command "$NIC" 4 0
	doctor 1 'bar-hpa-mismatch clique-differs bus-master-off'
	is 'what comes first' "$(jsonq "$WORK/doctor.json" 'findings[0].rule')" bar-hpa-mismatch
	setpci -s "$NIC" COMMAND="$command"
}

# Debian's 7.x kernels have CONFIG_PCI_P2PDMA, 6.1 and 6.12 do not; the debug kernel has.
t_p2pdma()
{
	good
	doctor 0 ''
	if [ "${PFB_BENCH:-0}" = 1 ]; then
		case $(uname -r) in
		6.*-pfb-debug) unlike 'warnings' "$(rules warning)" p2pdma-off ;;
		6.*) like 'warnings' "$(rules warning)" p2pdma-off ;;
		*) unlike 'warnings' "$(rules warning)" p2pdma-off ;;
		esac
	elif pfb_has_p2pdma; then
		unlike 'warnings' "$(rules warning)" p2pdma-off
	else
		like 'warnings' "$(rules warning)" p2pdma-off
	fi
}

t_realloc()
{
	good
	doctor 0 ''
	if [ -n "$REALLOC" ]; then
		like 'warnings' "$(rules warning)" 'pci-realloc( |$)'
		like 'the fix' "$(fix pci-realloc)" 'pci=realloc=off'
	else
		unlike 'warnings' "$(rules warning)" 'pci-realloc( |$)'
	fi
}

# The client's group, told to pass addresses on; the driver must let go meanwhile.
t_iommu()
{
	good
	doctor 1 iommu-translates
	like 'the fix' "$(fix iommu-translates)" 'iommu.passthrough=1.*echo identity >'
	driver=$(basename "$(readlink -f "$PCI/$NIC/driver")")
	echo "$NIC" >"/sys/bus/pci/drivers/$driver/unbind"
	eval "$(fix iommu-translates | sed 's/.*: \(echo identity .*\)/\1/')"
	echo "$NIC" >"/sys/bus/pci/drivers/$driver/bind"
	is 'type of the group' "$(cat "$PCI/$NIC/iommu_group/type")" identity
	doctor 0 ''
}

# The switch is emulated and says 2.5 GT/s; with a topology file that does not matter.
t_nccl()
{
	if [ "${PFB_BENCH:-0}" != 1 ]; then
		ktap_skip 'would write /etc/nccl.conf'
		return
	fi
	good
	pfb_finally 'rm -f /etc/nccl.conf'
	doctor 0 ''
	like 'warnings' "$(rules warning)" nccl-link-speed
	runs 2 "$CLI" doctor --nccl-topo "$WORK/topo.xml"
	runs 0 "$CLI" doctor --nccl-topo "$WORK/topo.xml" --link 32x16 --link "$NIC=16x8"
	like 'the switch' "$(cat "$WORK/topo.xml")" \
		"^    <pci busid=\"$(pfb_switch "$GPU")\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\$"
	like 'the NIC below it' "$(cat "$WORK/topo.xml")" \
		"^      <pci busid=\"$NIC\" class=\"0x010802\" link_speed=\"16.0 GT/s PCIe\" link_width=\"8\"/>\$"
	mkdir -p /etc
	echo "NCCL_TOPO_FILE=$WORK/topo.xml" >/etc/nccl.conf
	doctor 0 ''
	unlike 'warnings' "$(rules warning)" nccl
	rm "$WORK/topo.xml"
	doctor 0 ''
	like 'warnings' "$(rules warning)" nccl-topo-missing
	echo NCCL_IB_DISABLE=1 >/etc/nccl.conf
	doctor 1 nccl-gdr-off
	rm /etc/nccl.conf
}

t_usage()
{
	pfb_no_sources
	runs 3 "$CLI" doctor
	like 'nothing to check' "$ktap_out" 'no GPU in this guest'
	runs 2 "$CLI" doctor nonsense
	runs 2 "$CLI" doctor --provider nonsense
	runs 2 "$CLI" doctor --link 32x16
	runs 3 "$CLI" doctor --provider 0000:00:1f.7
	runs 0 "$CLI" doctor --help
	runs 0 "$CLI" doctor --rules
}

# The first puts right what is wrong from the start; other groups stay as they are.
[ -z "$IOMMU" ] ||
	ktap_test 'client behind an IOMMU that translates: iommu-translates, and its fix works' t_iommu
ktap_test 'nothing wrong: silent, with the module and without' t_good
ktap_test 'an ordinary user: never good, what was not seen is said' t_nobody
ktap_test 'BAR declared elsewhere: bar-moved, until that is put right' t_moved
ktap_test 'BAR declared where nobody can move it: bar-moved, and why' t_refused
ktap_test 'BAR register moved: bar-moved, until it is moved back' t_moved_register
ktap_test 'host has the BAR elsewhere: bar-hpa-mismatch' t_hpa
ktap_test 'nobody stated the host-physical address: bar-unverified' t_unverified
ktap_test 'different cliques: clique-differs' t_clique
ktap_test 'bus mastering off at the client: bus-master-off, and its fix works' t_master_off
ktap_test 'memory decode off above the provider: memory-off' t_memory_off
ktap_test 'window above the provider closed: bridge-window' t_window
[ -n "$IOMMU" ] ||
	ktap_test 'client behind another root port: path-no-switch' t_far
[ -n "$IOMMU" ] ||
	ktap_test 'ACS redirect on the root port that turns: acs-redirect, and its fix works' t_acs
ktap_test 'several faults: worst first' t_worst_first
ktap_test 'kernel without CONFIG_PCI_P2PDMA: p2pdma-off' t_p2pdma
ktap_test 'pci=realloc on the command line: pci-realloc' t_realloc
ktap_test 'NCCL: link speed of an emulated switch, topology file, settings' t_nccl
ktap_test 'usage errors, and a guest with nothing to check' t_usage

ktap_run
