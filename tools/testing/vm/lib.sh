# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the commands of the guest bench share: where things are kept, messages,
# and apt as this machine has it set up, pointed at other releases.
# Sourced; sets VM_DIR, TOP, CACHE, BUILD, HOST_ARCH.

VM_DIR=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
TOP=$(cd -- "$VM_DIR/../../.." && pwd -P)
CACHE=${PFB_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or PFB_CACHE}/.cache}/pci-fixed-bars}
export PFB_CACHE=$CACHE
# shellcheck disable=SC2034
BUILD=$(realpath -m -- "${O:-$TOP/build}")
HOST_ARCH=$(dpkg --print-architecture)
# PFB_TOOLBOX_EXTRA of what reads or builds the kernel's source: a toolbox of its own, so
# that nobody else waits for it.
# shellcheck disable=SC2034
KERNEL_PACKAGES="bison clang-tidy codespell coccinelle flex libelf-dev libpython3-dev libssl-dev linux-source-6.12"
# Where a disk image's EFI system partition and its root are, in sectors of 512 bytes.
DISK_ESP_START=2048
DISK_ESP_SIZE=65536
# shellcheck disable=SC2034
DISK_ROOT_START=$((DISK_ESP_START + DISK_ESP_SIZE))
ME=${0##*/}

say()
{
	printf '%s: %s\n' "$ME" "$*" >&2
}

die()
{
	say "$*"
	exit "${DIE_STATUS:-3}"
}

usage_error()
{
	say "$* (see $ME --help)"
	exit 2
}

# The text between the first two blank comment lines of a script is its help.
show_help()
{
	sed -n '/^# Usage/,/^$/s/^# \{0,1\}//p' "$0"
}

# Locks FILE until unlock or until this shell and what it started have ended;
# VARIABLE receives the descriptor.
lock()	# lock VARIABLE FILE [flock options]
{
	local -n lock_fd=$1
	local file=$2

	shift 2
	mkdir -p "${file%/*}"
	exec {lock_fd}>"$file"
	flock "$@" "$lock_fd" && return
	exec {lock_fd}>&-
	return 1
}

lock_saying()	# lock_saying VARIABLE FILE WHAT
{
	lock "$1" "$2" -n && return
	say "waiting for another $3 to finish"
	lock "$1" "$2"
}

unlock()	# unlock VARIABLE
{
	local -n lock_fd=$1

	exec {lock_fd}>&-
}

# sudo drops the environment, proxies included.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo --preserve-env=http_proxy,https_proxy,ftp_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY \
			"$@"
	else
		die "this needs root once ($*): run it as root, or install sudo"
	fi
}

need_mmdebstrap()
{
	command -v mmdebstrap >/dev/null && return
	say "installing mmdebstrap"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
		--no-install-recommends mmdebstrap >&2 ||
	{
		as_root apt-get -qq update >&2 &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
			--no-install-recommends mmdebstrap >&2
	} || die "cannot install mmdebstrap; install it by hand: apt-get install mmdebstrap"
}

# --- apt ---------------------------------------------------------------------

# Prints what apt is set up to fetch. It names only what it has fetched before,
# so where it never has, it does so here, in the cache.
apt_targets()
{
	local dir=$CACHE/apt/machine format targets
	local -a own=(-o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
		-o "APT::Sandbox::User=root" -o "Debug::NoLocking=true")

	# shellcheck disable=SC2016
	format='$(RELEASE) $(CODENAME) $(COMPONENT) $(SOURCESENTRY) $(REPO_URI)'
	targets=$(apt-get indextargets --format "$format" 'Identifier: Packages')
	if [ -z "$targets" ]; then
		mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
		targets=$(apt-get "${own[@]}" indextargets --format "$format" 'Identifier: Packages')
		if [ -z "$targets" ]; then
			say "reading this machine's package lists"
			apt-get -qq "${own[@]}" update >&2 || true
			targets=$(apt-get "${own[@]}" indextargets --format "$format" 'Identifier: Packages')
		fi
	fi
	printf '%s\n' "$targets"
}

# Prints "main|security FILE:ENTRY URI" for the archives this machine installs
# Debian from.
apt_archives()
{
	local codename

	# shellcheck disable=SC1091
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	apt_targets |
	awk -v c="$codename" '
		$NF ~ /^cdrom:/ { next }
		{ release = $1; component = $(NF - 2) }
		component != "main" { next }
		release == c || (NF == 5 && $2 == c && release !~ /-/) {
			if (!main++) print "main", $(NF - 1), $NF
		}
		release == c "-security" || release ~ /stable-security$/ ||
		release == c "/updates" {
			if (!security++) print "security", $(NF - 1), $NF
		}'
}

# Prints the options of a sources entry as deb822 fields: how its archive is
# to be trusted is the machine's business, not ours.
apt_entry_options()	# apt_entry_options FILE:ENTRY
{
	local file=${1%:*} entry=${1##*:}

	case $file in
	*.sources)
		awk -v n="$entry" '
			/^#/ { next }
			/^[ \t]*$/ { if (inside) { stanza++; inside = 0 } keep = 0; next }
			{ inside = 1 }
			stanza + 1 != n { next }
			/^[^ \t]/ { keep = tolower($1) ~ /^(signed-by|trusted|check-valid-until|check-date):$/ }
			keep { print }' "$file"
		;;
	*)
		sed -n "${entry}p" "$file" | sed -n 's/^deb[ \t]*\[\([^]]*\)\].*/\1/p' |
		tr -s '[:blank:]' '\n' |
		sed -n -e 's/^signed-by=/Signed-By: /p' -e 's/^trusted=/Trusted: /p' \
		       -e 's/^check-valid-until=/Check-Valid-Until: /p' \
		       -e 's/^check-date=/Check-Date: /p'
		;;
	esac |
	# A key ring of one Debian release cannot vouch for another.
	sed -e 's,^\([Ss]igned-[Bb]y:[ \t]*\)/usr/share/keyrings/debian-archive-.*,\1/usr/share/keyrings/debian-archive-keyring.gpg,'
}

# Prints a deb822 stanza for other suites of the archive that the machine uses.
apt_stanza()	# apt_stanza main|security SUITE...
{
	local kind=$1 line entry uri options

	shift
	line=$(apt_archives | sed -n "s/^$kind //p")
	if [ -z "$line" ]; then
		[ "$kind" = main ] || return 0
		die "apt has no Debian archive on this machine: no component 'main' of this release could be read; add one to /etc/apt/sources.list.d, or see what 'apt-get update' says"
	fi
	entry=${line%% *}
	uri=${line#* }
	options=$(apt_entry_options "$entry")
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$*"
	[ -z "$options" ] || printf '%s\n' "$options"
	if ! grep -qi '^signed-by:' <<<"$options" &&
	   [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
		echo "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"
	fi
	echo
}

# How this machine fetches: proxies, time-outs, whether dates are checked.
# What it does with the result (hooks, compression) does not matter here.
apt_settings()
{
	apt-config dump |
	grep -E '^Acquire::' |
	grep -vE '^Acquire::(IndexTargets|Changelogs|CompressionTypes|Languages|GzipIndexes|cdrom)'
	echo 'Acquire::Languages "none";'
	echo 'Acquire::Retries "3";'
	echo 'APT::Install-Recommends "false";'
}

# The suites of a Debian release that packages are taken from. Those after the
# first of each line are used if the machine's archive has them.
apt_suites()	# apt_suites RELEASE
{
	case $1 in
	*-backports)
		echo "main $1 must"
		;;
	*)
		echo "main $1 must"
		echo "main $1-updates may"
		echo "security $1-security may"
		;;
	esac
}

# Sets up apt for a release in the cache, without root and without touching
# the machine's own; sets APT_CONFIG for the apt commands that follow.
# REFRESH=yes fetches the lists anew.
apt_use()	# apt_use RELEASE ARCHITECTURE
{
	local release=$1 arch=$2 dir=$CACHE/apt/$1 kind suite need
	# shellcheck disable=SC2034
	local apt_lock

	lock_saying apt_lock "$CACHE/apt/$release.lock" "command using apt for $release"
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/sources" "$dir/none"
	: >"$dir/status"
	{
		apt_settings
		cat <<-CONF
		Dir::State "$dir/state";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$dir/sources";
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "$dir/none";
		Dir::Etc::preferencesparts "$dir/none";
		Dir::Etc::preferences "/dev/null";
		Dir::Log "/dev/null";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		APT::Architectures { "$HOST_ARCH"; "amd64"; "arm64"; };
		CONF
	} >"$dir/apt.conf"
	# The architecture is chosen per call and not part of what is cached.
	printf '#include "%s";\nAPT::Architecture "%s";\n' "$dir/apt.conf" "$arch" \
		>"$dir/apt-$arch.conf"
	export APT_CONFIG=$dir/apt-$arch.conf

	if [ ! -e "$dir/ready" ] || [ "${REFRESH:-no}" = yes ]; then
		say "reading package lists of Debian $release"
		rm -rf "$dir/sources" "$dir/ready"
		mkdir "$dir/sources"
		while read -r kind suite need; do
			apt_stanza_host "$kind" "$suite" >"$dir/try.sources"
			[ -s "$dir/try.sources" ] || continue
			if apt-get -qq update -o Dir::Etc::sourceparts="$dir/none" \
					-o Dir::Etc::sourcelist="$dir/try.sources" \
					-o APT::Get::List-Cleanup=false >"$dir/update.log" 2>&1; then
				mv "$dir/try.sources" "$dir/sources/$suite.sources"
			elif [ "$need" = must ]; then
				cat "$dir/update.log" >&2
				die "cannot read the package lists of $suite; is the network up, and is the package debian-archive-keyring current (it must hold the keys of $suite)?"
			fi
		done < <(apt_suites "$release")
		touch "$dir/ready"
	fi
	unlock apt_lock
}

# The machine's own configuration must be asked, not the one that apt_use sets.
apt_stanza_host()
{
	# shellcheck disable=SC2016
	env -u APT_CONFIG bash -c '. "$0"; apt_stanza "$@"' "$VM_DIR/lib.sh" "$@"
}
