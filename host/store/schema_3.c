/*
 * Schema 3: counts of live runs beside those of ended ones, and statistics,
 * both made from the runs that are there.
 */
#include "store/schema_impl.h"

#define STATES								\
"	created	INTEGER NOT NULL CHECK (created >= 0),"			\
"	queued	INTEGER NOT NULL CHECK (queued >= 0),"			\
"	claimed	INTEGER NOT NULL CHECK (claimed >= 0),"			\
"	running	INTEGER NOT NULL CHECK (running >= 0),"			\
"	interrupted INTEGER NOT NULL CHECK (interrupted >= 0),"		\
"	completed INTEGER NOT NULL CHECK (completed >= 0),"		\
"	failed	INTEGER NOT NULL CHECK (failed >= 0),"			\
"	cancelled INTEGER NOT NULL CHECK (cancelled >= 0),"		\
"	timeout	INTEGER NOT NULL CHECK (timeout >= 0),"

/* n runs are in a state: as nine columns. */
#define SUM_STATES(n)							\
" sum(" n "*(state=1)), sum(" n "*(state=2)), sum(" n "*(state=3)),"	\
" sum(" n "*(state=4)), sum(" n "*(state=5)), sum(" n "*(state=6)),"	\
" sum(" n "*(state=7)), sum(" n "*(state=8)), sum(" n "*(state=9))"
#define SPREAD(what)							\
"ifnull((SELECT group_concat(bucket || ':' || n, ' ') FROM ("		\
"	SELECT bucket, n FROM old_spread o WHERE o.what = " what \
"	AND o.runner = run_stat.runner AND o.minute = slot"		\
"	ORDER BY bucket)), '')"

const char schema_3[] =
/* Runs by state, as counts are read; runner is the one of the scope. */
"ALTER TABLE run_count RENAME TO old_count;"
"CREATE TABLE run_count ("
"	owner_no INTEGER NOT NULL REFERENCES owner,"
"	plugin	TEXT NOT NULL,"
"	runner	TEXT NOT NULL,"
STATES
"	PRIMARY KEY (owner_no, plugin, runner)"
") STRICT, WITHOUT ROWID;"
"INSERT INTO run_count SELECT owner_no, plugin, runner," SUM_STATES("n")
" FROM (SELECT owner_no, plugin, runner, state, n FROM old_count"
"	UNION ALL SELECT l.owner_no, l.plugin, s.runner, l.state, count(*)"
"	FROM run_live l JOIN scope s USING (scope_no)"
"	GROUP BY l.owner_no, l.plugin, s.runner, l.state)"
" GROUP BY owner_no, plugin, runner;"
"DROP TABLE old_count;"

/*
 * Runs by when they were made, in minutes (level 1), hours (2) and days (3)
 * since 1970; sweeps make the latter two.  waits and durations say how those
 * times are spread: "bucket:n bucket:n", the buckets of base/hist.h.
 */
"CREATE TABLE run_stat ("
"	level	INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),"
"	slot	INTEGER NOT NULL,"
"	runner	TEXT NOT NULL,"
STATES
"	wait_us	INTEGER NOT NULL CHECK (wait_us >= 0),"
"	duration_us INTEGER NOT NULL CHECK (duration_us >= 0),"
"	waits	TEXT NOT NULL,"
"	durations TEXT NOT NULL,"
"	PRIMARY KEY (level, slot, runner)"
") STRICT, WITHOUT ROWID;"

/* A run's minute, state and times. */
"CREATE TABLE old_run AS SELECT r.created / 60000000 AS minute, s.runner,"
"	coalesce(l.state, e.state) AS state,"
"	max(coalesce(l.started, e.started) - r.created, 0) AS wait,"
"	CASE WHEN e.state = 6 THEN max(e.ended - e.started, 0) END AS duration"
" FROM run r JOIN scope s USING (scope_no)"
" LEFT JOIN run_live l ON l.run_no = r.run_no"
" LEFT JOIN run_end e ON e.run_no = r.run_no;"
"INSERT INTO run_stat SELECT 1, minute, runner," SUM_STATES("1") ","
"	ifnull(sum(wait), 0), ifnull(sum(duration), 0), '', ''"
" FROM old_run GROUP BY minute, runner;"

/* The doublings, from 2^4 on. */
"CREATE TABLE old_power (low INTEGER PRIMARY KEY, e INTEGER);"
"WITH RECURSIVE p(low, e) AS (SELECT 16, 4 UNION ALL"
"	SELECT low * 2, e + 1 FROM p WHERE e < 46)"
" INSERT INTO old_power SELECT low, e FROM p;"
"CREATE TABLE old_spread (what, runner, minute, bucket, n,"
"	PRIMARY KEY (what, runner, minute, bucket)) WITHOUT ROWID;"
"INSERT INTO old_spread SELECT what, runner, minute, CASE WHEN v < 16 THEN v"
"	ELSE min((e - 3) * 16 + (v >> (e - 4) & 15), 703) END AS bucket,"
"	count(*)"
" FROM (SELECT what, runner, minute, v, (SELECT e FROM old_power"
"		WHERE low <= v ORDER BY low DESC LIMIT 1) AS e"
"	FROM (SELECT 1 AS what, runner, minute, wait AS v FROM old_run"
"		WHERE wait IS NOT NULL"
"		UNION ALL SELECT 2, runner, minute, duration FROM old_run"
"		WHERE duration IS NOT NULL))"
" GROUP BY what, runner, minute, bucket;"
"UPDATE run_stat SET waits = " SPREAD("1") ", durations = " SPREAD("2") ";"
"DROP TABLE old_run;"
"DROP TABLE old_power;"
"DROP TABLE old_spread;";
