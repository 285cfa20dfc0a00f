/* Cost of a durable run life cycle in SQLite (C API), one writer thread.
 * Run = run row + 5 events + update to running + final update + audit row(s) chained by BLAKE2b-256 (libsodium).
 * modes: life   whole life in one transaction (batch = runs per transaction): the upper bound
 *        life3  three transactions per group of `batch` runs: create | claim | events+final (what a server must acknowledge),
 *               three audit rows per run (one per operation)
 *        events one event row per op, `batch` events per transaction, spread over 64 runs
 *        eventsg the same, but five consecutive events of one run at a time (short runs, buffered per run)
 *        open   open loop: creates (run row + audit row) arrive as a Poisson stream of `-r` per second, each commit takes all that
 *               wait (group commit); latency is arrival -> committed: the floor of a durable POST /runs
 *        fill   build a history (used to make the 1M-run file)
 * usage: ledger -d DIR -m MODE -s full|normal|off -b BATCH -t SECONDS [-n MAXRUNS] [-i full|partial|uuid] [-k keep] [-w ckptpages] [-c cacheMB] [-p profile]
 */
#include "util.h"
#include "json.h"
#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/resource.h>

static sqlite3 *db;
static sqlite3_stmt *s_run, *s_ev, *s_running, *s_final, *s_audit, *s_begin, *s_commit, *s_claim;
static unsigned char prev[32];
static int profile;
static uint64_t c_sql, c_commit, c_hash, c_json;
static inline uint64_t tsc(void) { return profile ? ticks() : 0; }
static void ex(const char *q) { char *e = 0; if (sqlite3_exec(db, q, 0, 0, &e)) DIE("%s: %s", q, e); }
static sqlite3_stmt *prep(const char *q) { sqlite3_stmt *s; if (sqlite3_prepare_v3(db, q, -1, SQLITE_PREPARE_PERSISTENT, &s, 0)) DIE("%s: %s", q, sqlite3_errmsg(db)); return s; }
static void run1(sqlite3_stmt *s) { int r = sqlite3_step(s); if (r != SQLITE_DONE && r != SQLITE_ROW) DIE("step: %s", sqlite3_errmsg(db)); sqlite3_reset(s); }
static uint64_t seed = 42;
static char input[512], output[400];
static size_t ninput, noutput;
static int64_t naudit, nrun, nev;
static int uuid_ix;

static void mkpayloads(void) {
    char *p = input;
    p += sprintf(p, "{\"prompt\":\"Summarise the quarterly report for the board, keep it under 200 words; cite tables \\u00e9\",\"params\":{\"temperature\":0.7,\"max_tokens\":512,\"top_p\":0.95,\"stop\":[\"END\",\"STOP\"]},\"context\":{\"tenant\":\"acme\",\"user\":\"u-18273\",\"locale\":\"en-GB\",\"tags\":[\"finance\",\"q3\",\"draft\"]},\"tools\":[{\"name\":\"search\",\"enabled\":true},{\"name\":\"calc\",\"enabled\":false}],\"pad\":\"");
    for (long k = p - input; k < 398; k++) *p++ = (char)('a' + k % 26);
    p += sprintf(p, "\"}");
    ninput = (size_t)(p - input);
    p = output;
    p += sprintf(p, "{\"ok\":true,\"text\":\"The quarter closed with revenue of 12.4M, up 8%% year on year.\",\"usage\":{\"in\":412,\"out\":187},\"steps\":[1,2,3,4,5],\"pad\":\"");
    for (long k = p - output; k < 298; k++) *p++ = (char)('a' + k % 26);
    p += sprintf(p, "\"}");
    noutput = (size_t)(p - output);
}
static size_t mkevent(char *o, int seq, int64_t run, int64_t ts) { /* ~150 B of JSON */
    char *p = o;
    memcpy(p, "{\"stage\":", 9); p += 9;
    static const char *st[] = {"VALIDATING", "LOADING", "EXECUTING", "FINALIZING", "DONE"};
    const char *s = st[seq % 5];
    p += json_str(p, s, strlen(s));
    memcpy(p, ",\"pct\":", 7); p += 7; p += u64s(p, (uint64_t)(seq * 20));
    memcpy(p, ",\"run\":", 7); p += 7; p += u64s(p, (uint64_t)run);
    memcpy(p, ",\"ts\":", 6); p += 6; p += u64s(p, (uint64_t)ts);
    memcpy(p, ",\"message\":", 11); p += 11;
    static const char msg[] = "progress reported by the mock runner while it works on the \"demo\" action";
    p += json_str(p, msg, sizeof msg - 1);
    *p++ = '}';
    return (size_t)(p - o);
}
static void audit(int64_t run, int op, int64_t ts) {
    char d[256];
    static const char *ops[] = {"run.create", "run.claim", "run.finalize", "run.life"};
    uint64_t a = tsc();
    char *p = d;
    memcpy(p, "{\"op\":", 6); p += 6; p += json_str(p, ops[op], strlen(ops[op]));
    memcpy(p, ",\"run\":", 7); p += 7; p += u64s(p, (uint64_t)run);
    memcpy(p, ",\"ts\":", 6); p += 6; p += u64s(p, (uint64_t)ts);
    memcpy(p, ",\"actor\":\"token:ops-7\",\"tenant\":\"acme\",\"from\":\"queued\",\"to\":\"succeeded\",\"result\":\"ok\",\"pad\":\"", 88); p += 88;
    while (p - d < 198) *p++ = 'x';
    memcpy(p, "\"}", 2); p += 2;
    size_t n = (size_t)(p - d);
    uint64_t b = tsc();
    crypto_generichash_state st;
    crypto_generichash_init(&st, 0, 0, 32);
    crypto_generichash_update(&st, prev, 32);
    crypto_generichash_update(&st, (unsigned char *)d, n);
    crypto_generichash_final(&st, prev, 32);
    uint64_t c = tsc();
    sqlite3_bind_int64(s_audit, 1, ++naudit);
    sqlite3_bind_int64(s_audit, 2, ts);
    sqlite3_bind_int64(s_audit, 3, run);
    sqlite3_bind_text(s_audit, 4, ops[op], -1, SQLITE_STATIC);
    sqlite3_bind_text(s_audit, 5, d, (int)n, SQLITE_STATIC);
    sqlite3_bind_blob(s_audit, 6, prev, 32, SQLITE_STATIC);
    run1(s_audit);
    c_json += b - a; c_hash += c - b; c_sql += tsc() - c;
}
static void run_insert(int64_t id, int64_t ts, int status) {
    uint64_t a = tsc();
    if (!json_ok(input, ninput)) DIE("json");
    uint64_t b = tsc();
    char th[32]; int nt = sprintf(th, "thr-%08llx", (unsigned long long)(rng(&seed) % 20000));
    sqlite3_bind_int64(s_run, 1, id);
    sqlite3_bind_text(s_run, 2, th, nt, SQLITE_STATIC);
    sqlite3_bind_text(s_run, 3, "acme", 4, SQLITE_STATIC);
    sqlite3_bind_text(s_run, 4, "default", 7, SQLITE_STATIC);
    sqlite3_bind_text(s_run, 5, "mock.echo", 9, SQLITE_STATIC);
    sqlite3_bind_int(s_run, 6, status);
    sqlite3_bind_int(s_run, 7, (int)(rng(&seed) % 3));
    sqlite3_bind_int64(s_run, 8, ts);
    sqlite3_bind_text(s_run, 9, input, (int)ninput, SQLITE_STATIC);
    if (uuid_ix) { uint64_t u[2] = {rng(&seed), rng(&seed)}; sqlite3_bind_blob(s_run, 10, u, 16, SQLITE_TRANSIENT); }
    run1(s_run);
    c_json += b - a; c_sql += tsc() - b;
    nrun++;
}
static void ev_insert(int64_t id, int seq, int64_t ts) {
    char e[256];
    uint64_t a = tsc();
    size_t n = mkevent(e, seq, id, ts);
    uint64_t b = tsc();
    sqlite3_bind_int64(s_ev, 1, id);
    sqlite3_bind_int(s_ev, 2, seq);
    sqlite3_bind_int64(s_ev, 3, ts);
    sqlite3_bind_int(s_ev, 4, 1);
    sqlite3_bind_text(s_ev, 5, e, (int)n, SQLITE_STATIC);
    run1(s_ev);
    c_json += b - a; c_sql += tsc() - b;
    nev++;
}
static void set_running(int64_t id, int64_t ts) {
    uint64_t b = tsc();
    sqlite3_bind_int64(s_running, 1, ts); sqlite3_bind_int64(s_running, 2, ts + 60000); sqlite3_bind_int64(s_running, 3, id);
    run1(s_running);
    c_sql += tsc() - b;
}
static void finalize(int64_t id, int status, int64_t ts) {
    uint64_t a = tsc();
    if (!json_ok(output, noutput)) DIE("json");
    uint64_t b = tsc();
    sqlite3_bind_int(s_final, 1, status); sqlite3_bind_int64(s_final, 2, ts);
    sqlite3_bind_text(s_final, 3, output, (int)noutput, SQLITE_STATIC); sqlite3_bind_int64(s_final, 4, id);
    run1(s_final);
    c_json += b - a; c_sql += tsc() - b;
}
static void commit(void) { uint64_t a = tsc(); run1(s_commit); c_commit += tsc() - a; }
static long fsz(const char *p) { struct stat s; return stat(p, &s) ? 0 : (long)s.st_size; }
static uint64_t io_written(void) {
    FILE *f = fopen("/proc/self/io", "r"); char l[128]; unsigned long long v = 0;
    while (f && fgets(l, sizeof l, f)) sscanf(l, "write_bytes: %llu", &v);
    if (f) fclose(f);
    return v;
}
int main(int argc, char **argv) {
    const char *dir = ".", *mode = "life", *sync = "full", *ix = "full";
    int batch = 1, keep = 0, ckpt = 1000, cache = 64, rate = 1000, c; double secs = 2; long maxruns = 1L << 40; int64_t base_ts = 1790000000000LL, step_us = 86400000000LL / 1000000;
    while ((c = getopt(argc, argv, "d:m:s:b:t:n:i:kw:pc:r:")) != -1) switch (c) {
        case 'd': dir = optarg; break; case 'm': mode = optarg; break; case 's': sync = optarg; break; case 'b': batch = atoi(optarg); break;
        case 't': secs = atof(optarg); break; case 'n': maxruns = atol(optarg); break; case 'i': ix = optarg; break; case 'k': keep = 1; break;
        case 'w': ckpt = atoi(optarg); break; case 'p': profile = 1; break; case 'c': cache = atoi(optarg); break; case 'r': rate = atoi(optarg); break; default: return 2; }
    if (sodium_init() < 0) return 1;
    char path[512], wal[520], q[600];
    snprintf(path, sizeof path, "%s/ledger.db", dir); snprintf(wal, sizeof wal, "%s-wal", path);
    if (!keep) { unlink(path); unlink(wal); snprintf(q, sizeof q, "%s-shm", path); unlink(q); }
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, 0)) DIE("open");
    ex("PRAGMA page_size=4096"); ex("PRAGMA journal_mode=WAL"); ex("PRAGMA temp_store=MEMORY"); ex("PRAGMA mmap_size=0");
    snprintf(q, sizeof q, "PRAGMA synchronous=%s", sync); ex(q);
    snprintf(q, sizeof q, "PRAGMA cache_size=-%d", cache * 1024); ex(q);
    snprintf(q, sizeof q, "PRAGMA wal_autocheckpoint=%d", ckpt); ex(q);
    uuid_ix = !strcmp(ix, "uuid");
    ex("CREATE TABLE IF NOT EXISTS runs(id INTEGER PRIMARY KEY, thread_id TEXT NOT NULL, tenant TEXT NOT NULL, queue TEXT NOT NULL, runner TEXT NOT NULL,"
       "status INTEGER NOT NULL, priority INTEGER NOT NULL, created INTEGER NOT NULL, started INTEGER, finished INTEGER, lease_until INTEGER,"
       "attempts INTEGER NOT NULL DEFAULT 0, input TEXT, output TEXT, pub BLOB)");
    ex("CREATE TABLE IF NOT EXISTS events(run_id INTEGER, seq INTEGER, ts INTEGER, type INTEGER, data TEXT, PRIMARY KEY(run_id,seq)) WITHOUT ROWID");
    ex("CREATE TABLE IF NOT EXISTS audit(id INTEGER PRIMARY KEY, ts INTEGER, run_id INTEGER, op TEXT, detail TEXT, hash BLOB)");
    if (!strcmp(ix, "partial")) ex("CREATE INDEX IF NOT EXISTS runs_q ON runs(queue,priority,created) WHERE status=0");
    else ex("CREATE INDEX IF NOT EXISTS runs_q ON runs(status,queue,priority,created)");
    if (!getenv("NO_THREAD_INDEX")) ex("CREATE INDEX IF NOT EXISTS runs_t ON runs(thread_id,id)");
    if (uuid_ix) ex("CREATE UNIQUE INDEX IF NOT EXISTS runs_pub ON runs(pub)");
    s_begin = prep("BEGIN IMMEDIATE"); s_commit = prep("COMMIT");
    s_run = prep("INSERT INTO runs(id,thread_id,tenant,queue,runner,status,priority,created,input,pub) VALUES(?,?,?,?,?,?,?,?,?,?)");
    s_ev = prep("INSERT INTO events VALUES(?,?,?,?,?)");
    s_running = prep("UPDATE runs SET status=1,started=?1,lease_until=?2,attempts=attempts+1 WHERE id=?3 AND status=0");
    s_final = prep("UPDATE runs SET status=?,finished=?,output=?,lease_until=NULL WHERE id=? AND status=1");
    s_audit = prep("INSERT INTO audit VALUES(?,?,?,?,?,?)");
    sqlite3_stmt *m = prep("SELECT (SELECT coalesce(max(id),0) FROM runs),(SELECT coalesce(max(id),0) FROM audit)"); sqlite3_step(m);
    int64_t id = sqlite3_column_int64(m, 0), id0 = id; naudit = sqlite3_column_int64(m, 1); sqlite3_finalize(m);
    s_claim = prep("UPDATE runs SET status=1,started=?1,lease_until=?2,attempts=attempts+1 WHERE id=("
                   "SELECT id FROM runs WHERE status=0 AND queue='default' ORDER BY priority,created LIMIT 1) RETURNING id");
    mkpayloads();
    uint64_t io0 = io_written(), cpu0 = cpu_ns(), t0 = now_ns(), end = t0 + (uint64_t)(secs * 1e9);
    static uint64_t lat[4000000]; size_t nlat = 0;
    uint64_t tscall0 = ticks();
    if (!strcmp(mode, "life") || !strcmp(mode, "fill")) {
        int fill = mode[0] == 'f';
        while (now_ns() < end && nrun < maxruns) {
            uint64_t a = now_ns();
            run1(s_begin);
            for (int i = 0; i < batch && nrun < maxruns; i++) {
                id++;
                int64_t ts = base_ts + id * step_us / 1000;
                run_insert(id, ts, 0);
                set_running(id, ts + 5);
                for (int e = 0; e < 5; e++) ev_insert(id, e + 1, ts + 6 + e);
                int64_t dur = fill ? (int64_t)(20 + rng(&seed) % 2000) : 15;
                finalize(id, fill ? (int)(2 + (rng(&seed) % 100 > 94 ? rng(&seed) % 3 : 0)) : 2, ts + 5 + dur);
                audit(id, 3, ts + 20);
            }
            commit();
            if (nlat < 4000000) lat[nlat++] = now_ns() - a;
        }
    } else if (!strcmp(mode, "life3")) {
        int64_t *got = malloc(sizeof *got * (size_t)batch);
        while (now_ns() < end && nrun < maxruns) {
            uint64_t a = now_ns();
            int64_t ts = base_ts + id;
            run1(s_begin);
            for (int i = 0; i < batch; i++) { run_insert(++id, ts, 0); audit(id, 0, ts); }
            commit();
            run1(s_begin);
            for (int i = 0; i < batch; i++) {
                uint64_t b = tsc();
                sqlite3_bind_int64(s_claim, 1, ts + 1); sqlite3_bind_int64(s_claim, 2, ts + 60000);
                if (sqlite3_step(s_claim) != SQLITE_ROW) DIE("claim: %s", sqlite3_errmsg(db));
                got[i] = sqlite3_column_int64(s_claim, 0);
                while (sqlite3_step(s_claim) == SQLITE_ROW) ;
                sqlite3_reset(s_claim);
                c_sql += tsc() - b;
                audit(got[i], 1, ts + 1);
            }
            commit();
            run1(s_begin);
            for (int i = 0; i < batch; i++) { for (int e = 0; e < 5; e++) ev_insert(got[i], e + 1, ts + 2); finalize(got[i], 2, ts + 9); audit(got[i], 2, ts + 9); }
            commit();
            if (nlat < 4000000) lat[nlat++] = now_ns() - a;
        }
    } else if (!strcmp(mode, "events")) {
        int64_t seqs[64] = {0}; id += 64;
        uint64_t k = 0;
        while (now_ns() < end) {
            uint64_t a = now_ns();
            run1(s_begin);
            for (int i = 0; i < batch; i++, k++) { int r = (int)(k % 64); ev_insert(id0 + 1 + r, (int)++seqs[r], base_ts + (int64_t)k); }
            commit();
            if (nlat < 4000000) lat[nlat++] = now_ns() - a;
        }
    } else if (!strcmp(mode, "eventsg")) {
        uint64_t k = 0;
        while (now_ns() < end) {
            uint64_t a = now_ns();
            run1(s_begin);
            for (int i = 0; i < batch; i++, k++) ev_insert(id0 + 1 + (int64_t)(k / 5), (int)(k % 5) + 1, base_ts + (int64_t)k);
            commit();
            if (nlat < 4000000) lat[nlat++] = now_ns() - a;
        }
    }
    else if (!strcmp(mode, "open")) {
        double nxt = (double)t0; uint64_t arr[4096];
        while (now_ns() < end && nlat < 3990000) {
            uint64_t a = now_ns();
            if ((double)a < nxt) { struct timespec w = {0, (long)(nxt - (double)a)}; if (w.tv_nsec > 999999999) w.tv_nsec = 999999999; nanosleep(&w, 0); a = now_ns(); }
            int k = 0;
            while (k < 4096 && nxt <= (double)a) { arr[k++] = (uint64_t)nxt; double u = (double)(rng(&seed) >> 11) / 9007199254740992.0; nxt += -__builtin_log(1 - u) * 1e9 / rate; }
            if (!k) continue;
            run1(s_begin);
            for (int i = 0; i < k; i++) { id++; run_insert(id, base_ts + id, 0); audit(id, 0, base_ts + id); }
            commit();
            a = now_ns();
            for (int i = 0; i < k; i++) lat[nlat++] = a - arr[i];
        }
        batch = rate;
    }
    uint64_t all = ticks() - tscall0;
    double el = (double)(now_ns() - t0) / 1e9, cpu = (double)(cpu_ns() - cpu0) / 1e9;
    uint64_t io = io_written() - io0;
    qsort(lat, nlat, 8, cmp_u64);
    long walsz = fsz(wal);
    uint64_t cs = now_ns();
    sqlite3_wal_checkpoint_v2(db, 0, SQLITE_CHECKPOINT_TRUNCATE, 0, 0);
    double ck = (double)(now_ns() - cs) / 1e6;
    double n = nrun ? (double)nrun : (double)nev;
    struct rusage ru; getrusage(RUSAGE_SELF, &ru);
    printf("ledger mode=%s sync=%s batch=%d ix=%s ckpt=%d runs=%lld events=%lld s=%.2f runs_s=%.0f ev_s=%.0f us_per=%.1f cpu_us_per=%.1f txn_p50_us=%.0f txn_p99_us=%.0f db_B_per=%.0f io_B_per=%.0f wal_KB=%ld final_ckpt_ms=%.0f rss_MB=%ld",
           mode, sync, batch, ix, ckpt, (long long)nrun, (long long)nev, el, (double)nrun / el, (double)nev / el, el * 1e6 / n, cpu * 1e6 / n,
           pct(lat, nlat, .5) / 1e3, pct(lat, nlat, .99) / 1e3, keep ? 0.0 : (double)fsz(path) / n, (double)io / n, walsz / 1024, ck, ru.ru_maxrss / 1024);
    if (profile) printf(" split: sql=%.1f%% commit=%.1f%% hash=%.1f%% json=%.1f%% rest=%.1f%%", 100.0 * (double)c_sql / (double)all, 100.0 * (double)c_commit / (double)all, 100.0 * (double)c_hash / (double)all,
                        100.0 * (double)c_json / (double)all, 100.0 - 100.0 * (double)(c_sql + c_commit + c_hash + c_json) / (double)all);
    putchar('\n');
    sqlite3_finalize(s_run); sqlite3_finalize(s_ev); sqlite3_finalize(s_running); sqlite3_finalize(s_final); sqlite3_finalize(s_audit); sqlite3_finalize(s_begin); sqlite3_finalize(s_commit); sqlite3_finalize(s_claim);
    sqlite3_close(db);
    return 0;
}
