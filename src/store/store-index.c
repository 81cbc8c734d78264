/* SPDX-License-Identifier: Apache-2.0 */
#include "store-index.h"

#include <inttypes.h>

#define VERSION INT64_C(1)

/* Digests are spelled "sha256:HEX", times are nanoseconds since the epoch.
 *
 * image    what a pod can be made from. id: "sha512-" and 64 digits. kind: StoreImageKind. config and
 *          manifest: digests of an OCI image's documents. used: unless store-used.h knows of later.
 * name     what an image is called, each name with the image manifest that goes with it.
 * layer    an image's layers, base first. diff: digest of the unpacked layer. blob: of the delivered one.
 * blob     files in blobs/. plain: digest of what comes out when it is unpacked, where that was seen.
 * document the blobs of an image that are no layers.
 * tree     directories in tree/. boot: where it was made and not synced since; NULL for a synced one.
 *          bad: a full check found it changed.
 * partial  layers that cannot be unpacked without those below them.
 * stack    trees made of several images; list: the ids, topmost first.
 * remote   where images were downloaded from.
 * source   local files and directories that were imported, as they were then. */
static const char schema[] =
        "CREATE TABLE image(id TEXT PRIMARY KEY, kind INTEGER NOT NULL, size INTEGER NOT NULL,"
        "  imported INTEGER NOT NULL, used INTEGER NOT NULL, verified INTEGER NOT NULL,"
        "  config TEXT, manifest TEXT) WITHOUT ROWID;"
        "CREATE INDEX image_config ON image(config);"
        "CREATE INDEX image_manifest ON image(manifest);"
        "CREATE TABLE name(image TEXT NOT NULL REFERENCES image ON DELETE CASCADE,"
        "  name TEXT NOT NULL, version TEXT NOT NULL, latest INTEGER NOT NULL,"
        "  imported INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE(image, name, version));"
        "CREATE INDEX name_name ON name(name, imported);"
        "CREATE INDEX name_list ON name(image, name, version, latest, imported);"
        "CREATE TABLE layer(image TEXT NOT NULL REFERENCES image ON DELETE CASCADE,"
        "  position INTEGER NOT NULL, key TEXT NOT NULL, diff TEXT, blob TEXT NOT NULL,"
        "  PRIMARY KEY(image, position)) WITHOUT ROWID;"
        "CREATE INDEX layer_key ON layer(key);"
        "CREATE INDEX layer_blob ON layer(blob);"
        "CREATE INDEX layer_diff ON layer(diff);"
        "CREATE TABLE document(image TEXT NOT NULL REFERENCES image ON DELETE CASCADE,"
        "  blob TEXT NOT NULL, PRIMARY KEY(image, blob)) WITHOUT ROWID;"
        "CREATE INDEX document_blob ON document(blob);"
        "CREATE TABLE blob(digest TEXT PRIMARY KEY, size INTEGER NOT NULL, plain TEXT)"
        "  WITHOUT ROWID;"
        "CREATE INDEX blob_plain ON blob(plain);"
        "CREATE TABLE tree(key TEXT PRIMARY KEY, bad INTEGER NOT NULL, boot TEXT,"
        "  bytes INTEGER NOT NULL, entries INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE partial(diff TEXT PRIMARY KEY) WITHOUT ROWID;"
        "CREATE TABLE stack(list TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX stack_key ON stack(key);"
        "CREATE TABLE remote(url TEXT PRIMARY KEY, signature TEXT, etag TEXT,"
        "  max_age INTEGER NOT NULL, downloaded INTEGER NOT NULL,"
        "  image TEXT NOT NULL REFERENCES image ON DELETE CASCADE) WITHOUT ROWID;"
        "CREATE INDEX remote_image ON remote(image);"
        "CREATE TABLE source(path TEXT NOT NULL, request TEXT NOT NULL, device INTEGER NOT NULL,"
        "  inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
        "  ctime INTEGER NOT NULL, images TEXT NOT NULL, PRIMARY KEY(path, request)) WITHOUT ROWID;"
        "PRAGMA user_version=1;";

static int read_version(StoreSql *sql, int64_t *ret, Error *e) {
        return store_sql_number(sql, "PRAGMA user_version", ret, e);
}

static int check_version(int64_t version, Error *e) {
        if (version > VERSION)
                return error_new(e, -EOPNOTSUPP,
                                 "current store db version: %" PRId64
                                 " greater than the current rkt expected version: %" PRId64,
                                 version, VERSION);
        /* There never was another one. */
        return version == VERSION
                       ? 0
                       : error_new(e, -EBADMSG,
                                   "the image index says that it is of version %" PRId64, version);
}

int store_index_prepare(StoreSql *sql, bool read_only, Error *e) {
        _cleanup_(store_sql_rollback) StoreTransaction transaction = {};
        int64_t version = 0;
        int r = read_version(sql, &version, e);

        if (r < 0 || version == VERSION)
                return r;
        if (version != 0)
                return check_version(version, e);
        if (read_only)
                return error_new(e, -ENOENT, "the image index is empty");
        r = store_sql_begin(sql, true, &transaction, e);
        if (r >= 0)
                r = read_version(sql, &version, e); /* another may have been faster */
        if (r >= 0 && version == 0)
                r = store_sql_script(sql, schema, e);
        else if (r >= 0)
                r = check_version(version, e);
        return r < 0 ? r : store_sql_commit(&transaction, e);
}
