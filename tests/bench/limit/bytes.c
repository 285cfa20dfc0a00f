/* Where the bytes of a ledger file are, per run.
 * usage: bytes DB RUNS     first line: all of the file; then each table and index that takes a byte a run or more, the largest first
 */
#include "util.h"
#include <sqlite3.h>
int main(int argc, char **argv) {
    if (argc < 3 || atol(argv[2]) < 1) return 2;
    double runs = (double)atol(argv[2]);
    sqlite3 *db; sqlite3_stmt *s;
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, 0)) DIE("%s: %s", argv[1], sqlite3_errmsg(db));
    if (sqlite3_wal_checkpoint_v2(db, 0, SQLITE_CHECKPOINT_TRUNCATE, 0, 0)) DIE("checkpoint: %s", sqlite3_errmsg(db));
    if (sqlite3_prepare_v2(db, "SELECT d.name, m.type = 'index', sum(d.pgsize), sum(d.unused) FROM dbstat d LEFT JOIN sqlite_master m USING (name) GROUP BY 1 ORDER BY 3 DESC", -1, &s, 0)) DIE("%s", sqlite3_errmsg(db));
    double all = 0, free_ = 0;
    struct { char name[64]; int index; double n, unused; } t[200]; int k = 0, r;
    while ((r = sqlite3_step(s)) == SQLITE_ROW) {
        double n = (double)sqlite3_column_int64(s, 2);
        all += n; free_ += (double)sqlite3_column_int64(s, 3);
        if (n < runs || k == 200) continue;
        snprintf(t[k].name, sizeof t[k].name, "%s", sqlite3_column_text(s, 0));
        t[k].index = sqlite3_column_int(s, 1); t[k].n = n; t[k++].unused = (double)sqlite3_column_int64(s, 3);
    }
    if (r != SQLITE_DONE) DIE("%s", sqlite3_errmsg(db));
    printf("bytes runs=%.0f all=%.0f unused=%.0f\n", runs, all / runs, free_ / runs);
    for (int i = 0; i < k; i++) printf("%-32s %-8s %6.0f %9.0f\n", t[i].name, t[i].index ? "index" : "table", t[i].n / runs, t[i].unused / runs);
    sqlite3_finalize(s); sqlite3_close(db);
    return 0;
}
