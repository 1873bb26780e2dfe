#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What ktap.awk makes of the output of tests. Each output is written by its format's specification: KTAP version 1
# (Documentation/dev-tools/ktap.rst) as KUnit and kselftest print it, TAP 12 to 14. Every awk that is here reads each of them,
# and each must say the same; prove and xmllint must take what it says.

setup() {
	ktap=$BATS_TEST_DIRNAME/../../scripts/lib/ktap.awk
	export LC_ALL=C
	cd "$BATS_TEST_TMPDIR"
}

# read_output <OUTPUT: sets status; writes tap, junit and json.
read_output() {
	local awk format said
	cat >output
	for awk in mawk gawk 'busybox awk'; do
		command -v ${awk%% *} >/dev/null || continue
		for format in tap junit json; do
			said=0
			$awk -v format=$format -v suite=program -f "$ktap" output >"$format.$awk" || said=$?
			[ "$said" -le 1 ] && { [ -z "${status-}" ] || [ $said = "$status" ]; } || show "$awk" "$said"
			status=$said
			[ ! -e $format ] || cmp $format "$format.$awk" || show "$awk" 'differs'
			mv "$format.$awk" $format
		done
	done
	xmllint --noout junit || show xmllint junit
	prove_agrees
}

# prove counts as we do, and sees a failure where we see one.
prove_agrees() {
	local proved=0 tests
	tests=$(sed -n 's/^1\.\.//p' tap)
	prove --exec cat tap >proved 2>&1 || proved=$?
	[ $((proved != 0)) = "$status" ] || show prove $proved
	grep -q "Tests=$tests," proved && ! grep -q 'Parse errors' proved || show prove "$tests"
}

show() {
	echo "$*, exit status $status" && cat output tap junit json proved
	return 1
}

# counted PLANNED PASSED FAILED SKIPPED TODO
counted() {
	local wanted
	wanted=$(printf '{"planned":%d,"passed":%d,"failed":%d,"skipped":%d,"todo":%d}' "$@")
	[ "$(cat json)" = "$wanted" ] || show "$wanted"
	[ "$status" = $(($3 > 0 || $1 == 0)) ] || show status
}

# told LINE...: these are the results, in this order
told() {
	printf '%s\n' "$@" >wanted
	grep -E '^(not )?ok ' tap | cmp - wanted || show "$@"
}

# failure NAME: the text that goes with it
failure() {
	xmllint --xpath "string(//testcase[@name='$1']/failure)" junit
}

message() {
	xmllint --xpath "string(//testcase[@name='$1']/*/@message)" junit
}

@test "KUnit: suites in suites, the text before a failure goes with it, a suite is the sum of its tests" {
	read_output <<-'EOT'
		KTAP version 1
		1..2
		    KTAP version 1
		    # Subtest: list
		    # module: list_test
		    1..3
		    # list_add: initializing
		    ok 1 list_add
		    # list_del: EXPECTATION FAILED at lib/list-test.c:42
		    Expected a->next == &b, but
		        a->next == <NULL>
		    not ok 2 list_del
		        KTAP version 1
		        # Subtest: list_sort
		        ok 1 n=1
		        ok 2 n=2
		    ok 3 list_sort
		# list: pass:2 fail:1 skip:0 total:3
		# Totals: pass:3 fail:1 skip:0 total:4
		not ok 1 list
		    KTAP version 1
		    # Subtest: hash
		    1..1
		    ok 1 hash_add
		ok 2 hash
	EOT
	counted 5 4 1 0 0
	told 'ok 1 - list.list_add' 'not ok 2 - list.list_del' 'ok 3 - list.list_sort.n=1' 'ok 4 - list.list_sort.n=2' \
		'ok 5 - hash.hash_add'
	[ "$(failure list.list_del)" = '    # list_del: EXPECTATION FAILED at lib/list-test.c:42
    Expected a->next == &b, but
        a->next == <NULL>' ]
	[ "$(xmllint --xpath 'count(//testsuite)' junit)" = 2 ]
	[ "$(xmllint --xpath 'concat(//testsuite[1]/@name, //testsuite[1]/@tests, //testsuite[1]/@failures)' junit)" = list41 ]
}

@test "KUnit on a console: time stamps, callers, carriage returns, colours and other messages around the lines" {
	read_output <<<"$(printf '%s\r\n' \
		'[    0.000000] Linux version 6.1.0' \
		'[    0.900000] KTAP version 1' '[    0.900001] 1..1' \
		'<6>[    0.900002][    T1]     # Subtest: list' '[    0.900003][    T1]     1..2' \
		$'\e[32m[    0.900004][   C12]     ok 1 - a\e[0m' \
		'<6>[    0.900005] usb 1-1: new device' \
		'starting... [    0.900006]     not ok 2 - b' \
		'[    0.900007][    T1] not ok 1 - list')"
	counted 2 1 1 0 0
	told 'ok 1 - list.a' 'not ok 2 - list.b'
	[ "$(failure list.b)" = $'usb 1-1: new device\nstarting... ' ]
}

@test "kselftest: skipped, timed out and failed programs, their lines go with them" {
	read_output <<-'EOT'
		TAP version 13
		1..5
		# timeout set to 45
		# selftests: net: works
		# ok 1 not a result of this list
		ok 1 selftests: net: works
		# selftests: net: breaks.sh
		# cannot bind
		not ok 2 selftests: net: breaks.sh # exit=1
		# selftests: net: hangs
		# still waiting
		not ok 3 selftests: net: hangs # TIMEOUT 45 seconds
		# selftests: net: cannot
		not ok 4 selftests: net: cannot # SKIP
		ok 5 selftests: net: known # XFAIL not yet
	EOT
	counted 5 1 2 1 1
	told 'ok 1 - selftests: net: works' 'not ok 2 - selftests: net: breaks.sh' 'not ok 3 - selftests: net: hangs' \
		'ok 4 - selftests: net: cannot # SKIP' 'not ok 5 - selftests: net: known # TODO not yet'
	[ "$(message 'selftests: net: breaks.sh')" = exit=1 ]
	[ "$(message 'selftests: net: hangs')" = 'TIMEOUT 45 seconds' ]
	[ "$(failure 'selftests: net: breaks.sh')" = $'# selftests: net: breaks.sh\n# cannot bind' ]
	[ "$(failure 'selftests: net: hangs')" = $'# selftests: net: hangs\n# still waiting' ]
}

@test "TAP as perl and bats write it: the text behind a failure goes with it, a plan at the end" {
	read_output <<-'EOT'
		ok 1 - opens
		not ok 2 - reads # not here
		#   Failed test 'reads'
		ok 3
		1..3
	EOT
	counted 3 2 1 0 0
	told 'ok 1 - opens' 'not ok 2 - reads' 'ok 3 - test 3'
	[ "$(failure reads)" = "#   Failed test 'reads'" ]
}

@test "TAP 14: subtests that are announced in the list around them, escaped hashes" {
	read_output <<-'EOT'
		TAP version 14
		# Subtest: deep
		    1..1
		    ok 1 - issue \#12
		ok 1 - deep
		1..1
	EOT
	counted 1 1 0 0 0
	told 'ok 1 - deep.issue \#12'
}

@test "TAP 14: it broke off in a subtest that was announced" {
	read_output <<<$'TAP version 14\n1..1\n# Subtest: deep\n    1..2\n    ok 1 - a'
	told 'ok 1 - deep.a' 'not ok 2 - deep.plan'
}

@test "KTAP: the text behind a failure is that of the next test" {
	read_output <<<$'KTAP version 1\n1..2\nnot ok 1 a\n# of b\nnot ok 2 b'
	counted 2 0 2 0 0
	[ -z "$(failure a)" ]
	[ "$(failure b)" = '# of b' ]
}

@test "directives in any case, with and without a description; a hash in a name is none" {
	read_output <<-'EOT'
		1..8
		ok 1 # skip no device
		ok 2 a #SKIP
		not ok 3 b # todo later
		ok 4 c # TODO works already
		ok 5 try #2
		ok 6 d # ERROR went wrong
		not ok 7 e # XFAIL
		ok 8 f # TIMEOUT
	EOT
	counted 8 1 2 2 3
	told 'ok 1 - test 1 # SKIP no device' 'ok 2 - a # SKIP' 'not ok 3 - b # TODO later' 'not ok 4 - c # TODO works already' \
		'ok 5 - try \#2' 'not ok 6 - d' 'not ok 7 - e # TODO' 'not ok 8 - f'
	[ "$(message 'test 1')" = 'no device' ]
}

@test "it broke off: a plan for more tests is a failure, with what was said last" {
	read_output <<-'EOT'
		TAP version 13
		1..4
		ok 1 a
		ok 2 b
		Segmentation fault
	EOT
	counted 4 2 2 0 0
	told 'ok 1 - a' 'ok 2 - b' 'not ok 3 - plan'
	[ "$(message plan)" = '2 of 4 tests ran' ]
	[ "$(failure plan)" = 'Segmentation fault' ]
}

@test "it broke off inside a suite: the suite has failed, and the suites behind it are missing" {
	read_output <<-'EOT'
		KTAP version 1
		1..3
		    KTAP version 1
		    # Subtest: first
		    1..1
		    ok 1 a
		    KTAP version 1
		    # Subtest: second
		    1..2
		    ok 1 b
		Kernel panic - not syncing: Fatal exception
	EOT
	told 'ok 1 - first.a' 'not ok 2 - first' 'ok 3 - second.b' 'not ok 4 - second.plan' 'not ok 5 - plan'
	counted 5 2 3 0 0
	[ "$(failure second.plan)" = 'Kernel panic - not syncing: Fatal exception' ]
}

@test "a result that got lost: by the plan, or by the numbers where there is none" {
	read_output <<<$'1..3\nok 1 a\nnot o\nk 2 b\nok 3 c'
	counted 3 2 1 0 0
	rm tap junit json
	unset status
	read_output <<<$'ok 1 a\nok 3 c'
	counted 3 2 1 0 0
}

@test "more tests than planned are a failure" {
	read_output <<<$'1..1\nok 1 a\nok 2 b'
	counted 3 2 1 0 0
	[ "$(message plan)" = '2 tests ran, 1 were planned' ]
}

@test "no plan: the tests that ran count" {
	read_output <<<$'ok 1 a\nok 2 b'
	counted 2 2 0 0 0
}

@test "results without numbers, in a list that has begun, are counted" {
	read_output <<<$'1..3\nok\nnot ok - b\nok c'
	counted 3 2 1 0 0
	told 'ok 1 - test 1' 'not ok 2 - b' 'ok 3 - c'
}

@test "no tests at all are a failure; all skipped by the plan is none" {
	local text
	for text in '' $'hello\nok, that is no result\nok\n' $'1..0\n' $'TAP version 13\n'; do
		rm -f tap junit json
		unset status
		read_output < <(printf '%s' "$text")
		counted 0 0 0 0 0
		told 'not ok 1 - plan'
	done
	rm tap junit json
	unset status
	read_output <<<'1..0 # SKIP no such device'
	counted 1 0 0 1 0
	told 'ok 1 - all # SKIP no such device'
}

@test "a bail out is a failure" {
	read_output <<<$'1..1\nok 1 a\nBail out! no memory'
	counted 2 1 1 0 0
	[ "$(message 'Bail out')" = 'no memory' ]
}

@test "a suite that failed though its tests did not is a failure of its own; what fails in one that is to do is to do" {
	read_output <<-'EOT'
		KTAP version 1
		1..2
		    1..1
		    ok 1 a
		# exit of the suite failed
		not ok 1 s
		    1..1
		    not ok 1 b
		not ok 2 t # TODO
	EOT
	counted 3 1 1 0 1
	told 'ok 1 - s.a' 'not ok 2 - s' 'not ok 3 - t.b # TODO'
	[ "$(failure s)" = '# exit of the suite failed' ]
}

@test "several programs one after the other, each with its own plan; the second broke off" {
	read_output <<<$'TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..2\nok 1 b\n'
	counted 3 2 1 0 0
	rm tap junit json
	unset status
	read_output <<<$'1..1\nok 1 a\n1..2\nok 1 b\n'
	counted 3 2 1 0 0
	rm tap junit json
	unset status
	read_output <<<$'TAP version 13\nok 1 a\nTAP version 13\nok 1 b\n'
	counted 2 2 0 0 0
}

@test "any bytes: XML stays valid, UTF-8 stays, everything else goes" {
	{
		printf 'TAP version 13\n1..2\n\0ok 1 na\0me \303\251 \377 <a href="x">&\n'
		printf 'text \001\033[1m\033(B \357\277\277 \355\240\200 \364\220\200\200 \342\202\254\tend\n'
		printf 'not ok 2 ]]> # "why" & <how>'
	} >bytes
	for awk in mawk gawk; do # that of busybox ends a line at a zero byte
		command -v $awk >/dev/null || continue
		$awk -v format=junit -f "$ktap" bytes >junit || [ $? = 1 ]
		xmllint --noout junit
		[ "$(xmllint --xpath 'string(//testcase[1]/@name)' junit)" = $'name \303\251 ? <a href="x">&' ]
		[ "$(message ']]>')" = '"why" & <how>' ]
		[ "$(failure ']]>')" = $'text  ??? ??? ???? \342\202\254\tend' ]
		# A fixed sequence of bytes without a pattern.
		{ echo 1..2 && seq 3000 | gzip -9n && printf '\nnot ok 1 x\n' && seq 5000 9000 | gzip -9n; } >noise
		$awk -v format=junit -f "$ktap" noise >junit || [ $? = 1 ]
		xmllint --noout junit
	done
}

@test "a million lines around a result: the end of them is kept" {
	{ seq -f 'line %.0f of a verbose program' 1000000 && echo 'the reason' && echo 'not ok 1 x'; } >output
	timeout 120 awk -v format=junit -f "$ktap" output >junit || [ $? = 1 ]
	[[ $(failure x) = *$'\nthe reason' ]]
	[ "$(wc -c <junit)" -lt 100000 ]
}
