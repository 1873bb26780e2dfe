# SPDX-License-Identifier: MIT
#
# Reads the KTAP or TAP that tests write (Documentation/dev-tools/ktap.rst of the kernel; TAP 12 to 14) among whatever else
# stands there, and says how they ended:
#
#	LC_ALL=C awk -v format=tap|junit|json [-v suite=NAME] -f ktap.awk OUTPUT
#
#	tap	flat TAP for prove and the like: one line per innermost test, a nested one is named a.b.c
#	junit	the same as JUnit XML; suite= names the tests that have no group of their own
#	json	{"planned":N,"passed":N,"failed":N,"skipped":N,"todo":N}
#
# Exit status 0: there were tests and none failed. 1: some failed, some that were planned did not run, or there were none.
#
# A test with tests inside is the sum of these; it counts itself only where it failed and none of them did. Without a plan
# nobody knows whether all tests ran: such output passes when its tests pass and their numbers have no gap. Any awk will do.
#
# Lines are read from all that a serial console does to them: kernel time stamps, carriage returns, colours, a message in
# the middle. The lines that are no results are the text of the test that they belong to: the next one in KTAP; in TAP
# the one before when that failed.

BEGIN {
	stamp = "(<[0-9]+>)?\\[ *[0-9]+\\.[0-9]+\\](\\[ *[CT][0-9]+\\])? ?"
	if (suite == "") suite = "tests"
	top = -1
	enough = 65536
	forget()
	utf8 = "^([\302-\337][\200-\277]|\340[\240-\277][\200-\277]|[\341-\354\356\357][\200-\277][\200-\277]|" \
		"\355[\200-\237][\200-\277]|\360[\220-\277][\200-\277][\200-\277]|" \
		"[\361-\363][\200-\277][\200-\277][\200-\277]|\364[\200-\217][\200-\277][\200-\277])"
}

# What a terminal would not show, and the kernel's time stamp.
function cleaned(line) {
	gsub(/\033\[[0-9;?]*[ -\/]*[@-~]/, "", line)
	gsub(/\033[()][0-9A-Z]/, "", line)
	sub(/\r+$/, "", line)
	sub(/^.*\r/, "", line)
	gsub(/[^\011\015\040-\176\200-\377]/, "", line)
	sub("^" stamp, "", line)
	return line
}

# Without a number it counts only in a list that has begun; much that programs print begins with "ok".
function is_result(line,  i) {
	if (line !~ /^ *(not )?ok([ \t]|$)/) return 0
	if (line ~ /^ *(not )?ok[ \t]+[0-9]/) return 1
	for (i = top; i >= 0; i--)
		if (scope_at[i] == indent(line)) return 1
	return 0
}

function is_plan(line) {
	return line ~ /^ *1\.\.[0-9]+[ \t]*(#.*)?$/
}

function is_version(line) {
	return line ~ /^ *K?TAP version [0-9]+$/
}

function is_tap(line) {
	return is_version(line) || is_plan(line) || is_result(line) || line ~ /^ *# Subtest:/ || line ~ /^ *Bail out!/
}

function indent(line) {
	match(line, /^ */)
	return RLENGTH
}

function trimmed(text) {
	sub(/^[ \t]+/, "", text)
	sub(/[ \t]+$/, "", text)
	return text
}

# A scope is one list of tests: its indentation, the plan (-1: none yet), the number of tests and the highest that one had,
# and the name that "# Subtest:" gave it, inside it or before it.
function scope_open(at) {
	scope_close(at, 1)
	top++
	scope_at[top] = at
	scope_plan[top] = -1
	scope_ran[top] = scope_high[top] = 0
	scope_name[top] = at > announced_at ? announced : ""
	announced = ""
}

# Closes what is indented so far or farther. torn: not because the result of the test around it has come.
function scope_close(at, torn,  wanted) {
	for (; top >= 0 && scope_at[top] >= at; top--) {
		wanted = scope_plan[top] >= 0 ? scope_plan[top] : scope_high[top]
		if (wanted > scope_ran[top])
			add("plan", "failed", scope_ran[top] " of " wanted " tests ran", scope_at[top], wanted - scope_ran[top])
		else if (wanted < scope_ran[top])
			add("plan", "failed", scope_ran[top] " tests ran, " wanted " were planned", scope_at[top], 1)
		if (scope_at[top] > 0 && (torn || (top > 0 && scope_at[top - 1] >= at))) tear(top > 0 ? scope_at[top - 1] : 0)
	}
}

# The tests of the top scope are those of one whose own result never came: a failure, if there is none among them.
function tear(at,  name) {
	name = scope_name[top] == "" ? "unfinished" : scope_name[top]
	inner_failed = 0
	adopt(name, at, "failed")
	if (!inner_failed) add(name, "failed", "it has no result", at, 1)
	if (top > 0) scope_ran[top - 1]++
}

# How many tests a line of the result stands for: more than one where they did not run.
function add(name, status, reason, at, weight) {
	tests++
	test_name[tests] = name
	test_status[tests] = status
	test_reason[tests] = reason
	test_at[tests] = at
	test_weight[tests] = weight
	test_text[tests] = status == "failed" ? text_so_far() : ""
	forget()
	follows = status == "failed" && !ktap
}

# The tests that were indented farther are those of this one. True when there were any.
function adopt(name, at, status,  i, any) {
	for (i = tests; i > 0 && test_at[i] > at; i--) {
		any = 1
		if (test_status[i] == "failed" && status != "passed") {
			if (status == "failed") inner_failed = 1
			else test_status[i] = status
		}
		test_name[i] = name "." test_name[i]
		test_group[i] = name
		test_at[i] = at
	}
	return any
}

function result(line,  at, passed, number, name, note, word, status, i, any) {
	at = indent(line)
	passed = line !~ /^ *not /
	sub(/^ *(not )?ok[ \t]*/, "", line)
	if (match(line, /^[0-9]+/)) {
		number = substr(line, 1, RLENGTH) + 0
		line = substr(line, RLENGTH + 1)
	}
	line = " " line
	note = ""
	if (match(line, /[ \t]#[ \t]*([Ss][Kk][Ii][Pp]|[Tt][Oo][Dd][Oo]|XFAIL|TIMEOUT|ERROR)/) || match(line, /[ \t]#[ \t]/)) {
		note = substr(line, RSTART + 2)
		line = substr(line, 1, RSTART - 1)
	}
	name = trimmed(line)
	sub(/^-[ \t]*/, "", name)
	gsub(/\\#/, "#", name)
	note = trimmed(note)
	word = toupper(note)
	sub(/[^A-Z].*/, "", word)
	status = passed ? "passed" : "failed"
	if (word ~ /^SKIP/) status = "skipped"
	else if (word == "TODO" || word == "XFAIL") status = "todo"
	else if (word == "TIMEOUT" || word == "ERROR") status = "failed"
	if (status == "skipped" || status == "todo") sub(/^[A-Za-z]+:?[ \t]*/, "", note)

	if (top < 0 || scope_at[top] < at) scope_open(at)
	scope_close(at + 1, 0)
	scope_ran[top]++
	if (number == "") number = scope_ran[top]
	if (number > scope_high[top]) scope_high[top] = number
	if (name == "") name = "test " number
	announced = ""

	inner_failed = 0
	any = adopt(name, at, status)
	if (any && (status != "failed" || inner_failed)) {
		forget()
	} else {
		add(name, status, note, at, 1)
	}
}

function plan(line,  at, number) {
	at = indent(line)
	number = line
	sub(/^ *1\.\./, "", number)
	if (top < 0 || scope_at[top] < at || scope_plan[top] >= 0) scope_open(at)
	scope_close(at + 1, 0)
	scope_plan[top] = number + 0
	if (at == 0 && number + 0 == 0 && match(toupper(number), /#[ \t]*SKIP[A-Z]*/))
		add("all", "skipped", trimmed(substr(number, RSTART + RLENGTH)), at, 1)
}

# Inside the list that it names, or before it in the one around.
function subtest(line,  at) {
	at = indent(line)
	sub(/^ *# Subtest:[ \t]*/, "", line)
	if (top >= 0 && scope_at[top] == at && scope_ran[top] == 0 && scope_plan[top] < 0) {
		scope_name[top] = line
	} else if (at > 0 && (top < 0 || scope_at[top] < at)) {
		scope_open(at)
		scope_name[top] = line
	} else {
		announced = line
		announced_at = at
	}
}

# Keeps an amount that a reader can take in; of what comes before a result its end, which is why it failed.
function keep(line) {
	# These begin the next test in the output of kselftest.
	if (line ~ /^# selftests: / || line ~ /^# +RUN /) follows = 0
	if (follows) {
		if (length(test_text[tests]) < enough) test_text[tests] = test_text[tests] line "\n"
		return
	}
	said[++said_last] = line
	said_bytes += length(line) + 1
	while (said_bytes > enough && said_first < said_last) {
		said_bytes -= length(said[said_first]) + 1
		delete said[said_first++]
	}
}

function forget() {
	split("", said)
	said_first = 1
	said_last = said_bytes = 0
	follows = 0
}

function text_so_far(  i, text) {
	for (i = said_first; i <= said_last; i++) text = text said[i] "\n"
	return text
}

{
	line = cleaned($0)
	if (!is_tap(line) && match(line, "." stamp) && is_tap(substr(line, RSTART + RLENGTH))) {
		keep(substr(line, 1, RSTART))
		line = substr(line, RSTART + RLENGTH)
	}
	if (is_version(line)) {
		scope_open(indent(line))
		forget()
		if (line ~ /KTAP/) ktap = 1
		else if (indent(line) == 0) ktap = 0
	} else if (line ~ /^ *# Subtest:/) {
		subtest(line)
	} else if (is_plan(line)) {
		plan(line)
	} else if (is_result(line)) {
		result(line)
	} else if (line ~ /^ *Bail out!/) {
		sub(/^ *Bail out![ \t]*/, "", line)
		add("Bail out", "failed", line, top >= 0 ? scope_at[top] : 0, 1)
	} else {
		keep(line)
	}
}

# A line break inside would end a line of the result.
function written_tap(  i, lines, n, j) {
	print "TAP version 13"
	print "1.." tests
	for (i = 1; i <= tests; i++) {
		line = (test_status[i] == "failed" || test_status[i] == "todo" ? "not ok " : "ok ") i " - " test_name[i]
		gsub(/#/, "\\#", line)
		if (test_status[i] == "skipped") line = line " # SKIP " test_reason[i]
		if (test_status[i] == "todo") line = line " # TODO " test_reason[i]
		sub(/ $/, "", line)
		print line
		if (test_status[i] != "failed") continue
		if (test_reason[i] != "") print "# " test_reason[i]
		n = split(test_text[i], lines, "\n")
		for (j = 1; j < n; j++) print "# " lines[j]
	}
}

# XML 1.0 has no control characters, and no byte that is not UTF-8.
function xml(text,  clean) {
	if (text ~ /[\200-\377]/) {
		clean = ""
		while (match(text, /[\200-\377]/)) {
			clean = clean substr(text, 1, RSTART - 1)
			text = substr(text, RSTART)
			if (match(text, utf8) && text !~ /^\357\277[\276\277]/) {
				clean = clean substr(text, 1, RLENGTH)
				text = substr(text, RLENGTH + 1)
			} else {
				clean = clean "?"
				text = substr(text, 2)
			}
		}
		text = clean text
	}
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	gsub(/\t/, "\\&#9;", text)
	return text
}

function group_of(i) {
	return test_group[i] == "" ? suite : test_group[i]
}

# Tests that follow each other in one group are a testsuite.
function written_junit(  i, first, group, last, failed, skipped) {
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	print "<testsuites name=\"" xml(suite) "\" tests=\"" tests "\" failures=\"" lines_of["failed"] + 0 "\" skipped=\"" \
		lines_of["skipped"] + lines_of["todo"] "\" errors=\"0\">"
	for (first = 1; first <= tests; first = last + 1) {
		group = group_of(first)
		failed = skipped = 0
		for (last = first; ; last++) {
			if (test_status[last] == "failed") failed++
			else if (test_status[last] != "passed") skipped++
			if (last == tests || group_of(last + 1) != group) break
		}
		print "  <testsuite name=\"" xml(group) "\" tests=\"" last - first + 1 "\" failures=\"" failed "\" skipped=\"" skipped \
			"\" errors=\"0\">"
		for (i = first; i <= last; i++) written_case(i, group)
		print "  </testsuite>"
	}
	print "</testsuites>"
}

function written_case(i, group,  tag) {
	tag = "    <testcase classname=\"" xml(group) "\" name=\"" xml(test_name[i]) "\""
	if (test_status[i] == "passed")
		print tag "/>"
	else if (test_status[i] == "failed")
		print tag "><failure message=\"" xml(test_reason[i] == "" ? "not ok" : test_reason[i]) "\">" xml(test_text[i]) \
			"</failure></testcase>"
	else
		print tag "><skipped message=\"" xml(test_status[i] == "todo" ? trimmed("TODO " test_reason[i]) : test_reason[i]) \
			"\"/></testcase>"
}

END {
	scope_close(0, 1)
	for (i = 1; i <= tests; i++) {
		lines_of[test_status[i]]++
		count[test_status[i]] += test_weight[i]
		planned += test_weight[i]
	}
	none = tests == 0
	if (none && format != "json") {
		add("plan", "failed", "there are no tests in the output", 0, 1)
		lines_of["failed"] = 1
	}
	if (format == "tap") written_tap()
	else if (format == "junit") written_junit()
	else
		print "{\"planned\":" planned + 0 ",\"passed\":" count["passed"] + 0 ",\"failed\":" count["failed"] + 0 \
			",\"skipped\":" count["skipped"] + 0 ",\"todo\":" count["todo"] + 0 "}"
	exit none || count["failed"] > 0
}
