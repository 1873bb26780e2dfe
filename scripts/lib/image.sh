# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The archive half of mkinitramfs.sh: a list of entries in, a newc cpio archive out, without root and with
# nothing of this machine in it. libarchive's newc writer would put the inode and device numbers of the
# files into the archive, so this one writes the headers itself and libarchive only reads the result back.
#
# A record is PATH TYPE MODE SIZE DATA, tab separated. TYPE is f (DATA: the file to read), l (its target),
# d, c or b (MAJOR,MINOR); and three that only image_merge sees: D, a directory unless there is one; M, a
# mode for an earlier entry; X, an entry to forget. The later record of a path wins.

# image_list SRC DST MODES: the records of a file or a tree. MODES: keep; plain (0644 or 0755, as git knows
# them); or the octal mode of all files, whose directories then change no mode of an earlier record.
image_list() {
	local src=$1
	case $src in *[$'\t\n']*) echo "a tab or newline in its path" >&2 && return 1 ;; esac
	case $src in -*) src=./$src ;; esac
	find -H "$src" \
		\( -name $'*[\t\n]*' -o -lname $'*[\t\n]*' \) -printf '!\ta tab or newline in %p\n' -quit -o \
		! -type f ! -type d ! -type l -printf '!\t%p is no file, directory or symbolic link\n' -quit -o \
		-printf '=\t%y\t%m\t%s\t%P\t%l\t%p\n' |
		DST=${2%/} MODES=$3 awk -F'\t' -v OFS='\t' '
		BEGIN { dst = ENVIRON["DST"]; modes = ENVIRON["MODES"] }
		$1 != "=" { print $2 >"/dev/stderr"; exit 1 }
		modes == "plain" { $3 = ($2 == "d" || $3 ~ /[1357][0-7]?[0-7]?$/) ? 755 : 644 }
		modes ~ /^[0-7]/ { $3 = $2 == "d" ? 755 : modes }
		$2 == "d" { $4 = 0; $7 = "-"; if ($5 == "" || modes ~ /^[0-7]/) $2 = "D" }
		$2 == "l" { $3 = 777; $4 = length($6); $7 = $6 }
		dst != "" || $5 != "" { print dst ($5 == "" ? "" : "/" $5), $2, $3, $4, $7 }'
}

# image_list_mtree FILE: the records of a skel.mtree.
image_list_mtree() {
	awk -v OFS='\t' '
	function bad(why) { print "line " NR ": " why >"/dev/stderr"; exit 1 }
	BEGIN { letter["dir"] = "d"; letter["char"] = "c"; letter["block"] = "b"; letter["link"] = "l" }
	/^[ \t]*(#|$)/ { next }
	!/^\.\// { bad("not ./PATH") }
	{
		type = "M"; mode = ""; data = "-"
		for (i = 2; i <= NF; i++) {
			at = index($i, "="); word = substr($i, 1, at - 1); value = substr($i, at + 1)
			if (word == "type" && value in letter) type = letter[value]
			else if (word == "mode" && value ~ /^[0-7]+$/) mode = value
			else if (word == "link" && value != "") data = value
			else if (word == "device" && value ~ /^native,[0-9]+,[0-9]+$/) data = substr(value, 8)
			else if ($i != "type=file") bad("cannot use " $i)
		}
		if (type ~ /[cbl]/ && data == "-") bad("no device= or link=")
		if (mode == "") mode = type == "l" ? 777 : type == "d" ? 755 : type == "M" ? 644 : 600
		print substr($1, 2), type, mode, type == "l" ? length(data) : 0, data
	}' "$1" || return
	printf '/skel.mtree\tX\n'
}

# image_merge <RECORDS: the archive's entries in their order: one for each path, directories before what
# they hold. Refuses what the kernel would drop without a word.
image_merge() {
	awk -F'\t' '
	function bad(path, why) { print "place \047" path "\047: " why >"/dev/stderr"; failed = 1; exit 1 }
	function parent(path) { sub(/\/[^\/]*$/, "", path); return path }
	function long_name(path,   part, n) {
		for (n = split(path, part, "/"); n > 1; n--) if (length(part[n]) > 255) return 1
		return 0
	}
	$2 == "X" { delete rest[$1]; next }
	$2 == "D" && $1 in rest { next }
	$2 == "M" {
		if (!($1 in rest)) bad($1, "skel.mtree gives a mode, but no file is there")
		split(rest[$1], r, FS); rest[$1] = r[1] FS $3 FS r[3] FS r[4]; next
	}
	{
		rest[$1] = ($2 == "D" ? "d" : $2) FS $3 FS $4 FS $5
		for (p = parent($1); p != "" && !(p in rest); p = parent(p)) rest[p] = "d" FS "755" FS 0 FS "-"
	}
	END {
		if (failed) exit 1
		delete rest["/etc/initgate.manifest"] # always our own
		for (p in rest) {
			up = parent(p); split(rest[p], r, FS)
			if (length(p) >= 4096 || long_name(p)) bad(p, "its name is too long for the kernel")
			if (r[1] == "l" && r[3] >= 4096) bad(p, "its target is too long for the kernel")
			if (r[1] == "f" && r[3] > 4294967295) bad(p, "larger than 4 GiB - 1, the limit of cpio")
			if (up != "" && rest[up] !~ /^d/) bad(p, "\047" up "\047 is not a directory in this image")
			print p FS rest[p]
		}
	}' | sort -t $'\t' -k 1,1
}

# image_manifest SPEC: "SIZE PATH" of each regular file that init can still see when /dev, /proc and /sys are mounted.
image_manifest() {
	awk -F'\t' '$2 == "f" && $1 !~ /^\/(dev|proc|sys)\// { print $4 " " $1 }' "$1"
}

# image_print DIR <SPEC: a line for each entry, sorted by path: path, mode, size and source, with tabs between them. What lies
# in DIR was made on the way; its source is in a record of type s, if it has one.
image_print() {
	DIR=$1/ awk -F'\t' -v OFS='\t' '
	# letters(7, 1, "s") is rws
	function letters(bits, special, letter,   last) {
		last = bits % 2 ? "x" : "-"
		if (special) last = bits % 2 ? letter : toupper(letter)
		return (bits >= 4 ? "r" : "-") (bits % 4 >= 2 ? "w" : "-") last
	}
	$2 == "s" { from[$1] = $3; next }
	{
		mode = sprintf("%04d", $3); top = substr(mode, 1, 1)
		mode = letters(substr(mode, 2, 1), top >= 4, "s") letters(substr(mode, 3, 1), top % 4 >= 2, "s") \
			letters(substr(mode, 4, 1), top % 2, "t")
		source = $5
		if ($2 == "f" && index($5, ENVIRON["DIR"]) == 1) source = $1 in from ? from[$1] : "(made for this image)"
		if ($2 == "l") source = "-> " $5
		print $1, ($2 == "f" ? "-" : $2) mode, $4, source
	}' | sort -t $'\t' -k 1,1
}

# image_pad MULTIPLE: zeroes, until the archive's length is one of its multiples. This and the next two use $length and
# $text of image_write: what is not yet written, in the escapes of printf %b, as a variable cannot hold zeroes.
image_pad() {
	local n=$(((-length) & ($1 - 1))) zeroes
	[ $n != 0 ] || return 0
	printf -v zeroes '%*s' $n ''
	text+=${zeroes// /\\x00}
	length=$((length + n))
}

# image_header NAME INODE MODE NLINK SIZE MAJOR MINOR: all of an entry but its data.
image_header() {
	local header
	printf -v header '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X' "$2" "$3" 0 0 "$4" \
		"$SOURCE_DATE_EPOCH" "$5" 0 0 "$6" "$7" $((${#1} + 1)) 0
	text+=$header${1//\\/\\\\}'\x00'
	length=$((length + 110 + ${#1} + 1))
	image_pad 4
}

image_flush() {
	printf '%b' "$text" && text=''
}

# image_write SPEC DIR: the archive on standard output. Everything between two files' data goes to a piece in
# DIR, and one cat puts pieces and files together; DIR/length is how long the result should be.
image_write() {
	local spec=$1 dir=$2 path type mode size data length=0 text='' inode=0 piece=0
	local -A format=([f]=0100000 [d]=0040000 [l]=0120000 [c]=0020000 [b]=0060000)
	exec 4>"$dir/pieces" || return
	while IFS=$'\t' read -r path type mode size data; do
		local nlink=1 device=0,0
		case $type in d) nlink=2 ;; c | b) device=$data ;; esac
		inode=$((inode + 1))
		image_header "${path#/}" "$inode" $((format[$type] | 8#$mode)) "$nlink" "$size" \
			"${device%,*}" "${device#*,}"
		length=$((length + size))
		case $type in
		l) text+=${data//\\/\\\\} ;;
		f)
			[ "$size" != 0 ] || continue
			image_flush >"$dir/$piece" && printf '%s\0' "$dir/$piece" "$data" >&4 || return
			piece=$((piece + 1))
			;;
		esac
		image_pad 4
	done <"$spec"
	image_header 'TRAILER!!!' 0 0 1 0 0 0
	image_pad 512
	image_flush >"$dir/$piece" && printf '%s\0' "$dir/$piece" >&4 && echo "$length" >"$dir/length" || return
	exec 4>&-
	xargs -0 cat -- <"$dir/pieces"
}

# image_verify ARCHIVE SPEC DIR: does another reader find in the archive what was to be written?
image_verify() {
	local names
	[ "$(stat -c %s "$1")" = "$(cat "$3/length")" ] || {
		echo "a file changed while it was read" >&2
		return 1
	}
	names=$(bsdtar -tf "$1") || return
	printf '%b\n' "$names" | cmp -s - <(cut -f 1 "$2" | sed 's,^/,,') || {
		echo "it lists other files than those written" >&2
		return 1
	}
}
