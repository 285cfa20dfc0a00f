# Prints the table of run.sh from figures.txt and its pairs: a row's key, the
# limit (or "-"), the host's figure, and perhaps CPU of both.

function median(a, n,  i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j] < a[j - 1]; j--) {
			t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
		}
	lowest = a[1]; highest = a[n]
	return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}

function column(key, col,  i, a) {
	for (i = 1; i <= count[key]; i++)
		a[i] = pairs[key, i, col] + 0
	return median(a, count[key])
}

function ratio(key,  i, a) {
	for (i = 1; i <= count[key]; i++)
		a[i] = pairs[key, i, 3] / pairs[key, i, 2]
	return median(a, count[key])
}

function short(x) {
	return x >= 100 ? sprintf("%.0f", x) : sprintf("%.3g", x)
}

function row(key,  limit, host, r, range, cpu, aim, met) {
	limit = r = range = cpu = aim = met = ""
	host = column(key, 3)
	range = short(lowest) " .. " short(highest)
	if (pairs[key, 1, 2] != "-") {
		limit = short(column(key, 2))
		r = sprintf("%.2f", ratio(key))
		range = sprintf("%.2f .. %.2f", lowest, highest)
	}
	if (pairs[key, 1, 5] != "")
		cpu = sprintf("%.0f/%.0f", column(key, 4), column(key, 5))
	if (sense[key] == "least") {
		aim = ">= " wanted[key]
		met = r + 0 >= wanted[key] + 0 ? "met" : "MISSED"
	} else if (sense[key] == "most") {
		aim = "<= " wanted[key]
		met = r + 0 <= wanted[key] + 0 ? "met" : "MISSED"
	} else if (sense[key] == "below") {
		aim = "<= " wanted[key]
		met = host <= wanted[key] + 0 ? "met" : "MISSED"
	}
	printf "%-45s %6s %9s %9s %6s %16s %8s %-8s %s\n", what[key],
	    unit[key], limit, short(host), r, range, cpu, aim, met
}

/^#/ || NF == 0 { next }
FNR == NR {
	split($0, f, "|")
	order[++rows] = f[1]
	what[f[1]] = f[2]
	unit[f[1]] = f[3]
	sense[f[1]] = f[4]
	wanted[f[1]] = f[5]
	next
}
# What failed has no value.
$3 == "" { next }
{
	k = ++count[$1]
	for (i = 2; i <= 5; i++)
		pairs[$1, k, i] = $i
}
END {
	printf "%-45s %6s %9s %9s %6s %16s %8s %-8s\n", "figure", "unit",
	    "limit", "host", "ratio", "from .. to", "CPU us", "aim"
	for (i = 1; i <= rows; i++)
		if (order[i] in count)
			row(order[i])
	print "\nMedians.  The ratio is the median of those of neighbours;" \
	    " CPU is that of one\nrun, of the limit and of the host in all" \
	    " threads.  \"from .. to\" is of the ratio,\nor else of the" \
	    " figure."
}
