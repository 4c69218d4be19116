# Reads what one test group prints (TAP, `go test -v`, or both) followed by a line
# "== exit STATUS"; prints results of Go tests as they come and the whole output of what failed, and
# writes "PASSED FAILED SKIPPED" to the file in the variable `counts`.
#
# Of Go tests with subtests the leaves are counted, and a parent only if it failed by itself. A
# package that fails without a failed test (it does not build, it panicked) counts as one failed,
# and so does a group that ends with a status other than 0 and no failure to show for it.

function go_result(name, status,    parent) {
	result[name] = status
	order[++results] = name
	for (parent = name; sub(/\/[^\/]*$/, "", parent);) {
		has_child[parent] = 1
		if (status == "FAIL")
			child_failed[parent] = 1
	}
}

function go_package(is_fail,    i, name, before) {
	before = failed
	for (i = 1; i <= results; i++) {
		name = order[i]
		if (result[name] == "FAIL") {
			printf "%s", output[name]
			if (!child_failed[name])
				failed++
		} else if (!has_child[name]) {
			if (result[name] == "PASS")
				passed++
			else
				skipped++
		}
		delete output[name]
	}
	if (is_fail && failed == before) {
		failed++
		for (name in output)
			printf "%s", output[name]
	}
	if (is_fail)
		print package_line
	split("", result); split("", order); split("", output)
	split("", has_child); split("", child_failed)
	results = go = 0
	current = pending = ""
}

/^== exit [0-9]+$/ { status = $3; next }

/^=== (RUN|CONT|NAME|PAUSE) / { go = 1; current = $3; next }

/^ *--- (PASS|FAIL|SKIP): / {
	go = 1
	current = $3
	output[current] = output[current] $0 "\n"
	go_result(current, substr($2, 1, 4))
	if ($0 !~ /^ / || $2 == "FAIL:")
		print
	fflush()
	next
}

/^(ok  |FAIL|\?   )\t/ {
	if ($1 == "FAIL" && !go)
		printf "%s", pending
	package_line = $0
	go_package($1 == "FAIL")
	next
}

go { output[current] = output[current] $0 "\n"; next }

/^not ok( [0-9]+)?( |$)/ {
	printf "%s%s\n", pending, $0
	fflush()
	pending = ""
	failed++
	after_failure = 1
	next
}

/^ok( [0-9]+)?( |$)/ {
	if (after_failure)
		printf "%s", pending
	pending = ""
	after_failure = 0
	if (tolower($0) ~ /# *skip/)
		skipped++
	else
		passed++
	next
}

# Progress of a long group, which whoever waits wants to see at once.
/^== / { print; fflush(); next }

NF { pending = pending $0 "\n" }

END {
	if (go) {
		package_line = "the test program ended without a result"
		go_package(1)
	}
	if (after_failure || (status != 0 && failed == 0))
		printf "%s", pending
	if (status != 0 && failed == 0) {
		print "ended with status " status
		failed++
	}
	print passed + 0, failed + 0, skipped + 0 >counts
}
