/* SPDX-License-Identifier: Apache-2.0 */
#include "render-path.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

unsigned render_path_depth(const RenderPath *path) {
        unsigned depth = path->n > 0;

        for (const char *p = path->text; (p = strchr(p, '/')); p++)
                depth++;
        return depth;
}

int render_path_descend(RenderPath *path, const char *name, size_t n) {
        size_t slash = path->n > 0;

        if (n > RENDER_NAME_MAX || path->n + slash + n > RENDER_PATH_MAX)
                return -ENAMETOOLONG;
        if (slash)
                path->text[path->n++] = '/';
        memcpy(path->text + path->n, name, n);
        path->n += n;
        path->text[path->n] = '\0';
        return 0;
}

void render_path_ascend(RenderPath *path) {
        const char *slash = strrchr(path->text, '/');

        path->n = slash ? (size_t) (slash - path->text) : 0;
        path->text[path->n] = '\0';
}

const char *render_path_name(const RenderPath *path) {
        const char *slash = strrchr(path->text, '/');

        return slash ? slash + 1 : path->text;
}

int render_path_clean(const char *raw, RenderPathFlags flags, RenderPath *ret, Error *e) {
        bool strict = flags & RENDER_PATH_STRICT;

        ret->n = 0;
        ret->text[0] = '\0';
        if (strict && raw[0] == '/')
                return error_new(e, -EINVAL, "absolute name \"%s\"", raw);
        for (const char *p = raw; *p;) {
                size_t n = strcspn(p, "/");

                if (n == 2 && p[0] == '.' && p[1] == '.') {
                        if (strict || ret->n == 0)
                                return error_new(e, -EINVAL, "name \"%s\" leaves the image", raw);
                        render_path_ascend(ret);
                } else if (n > 0 && !(n == 1 && p[0] == '.')) {
                        if (render_path_descend(ret, p, n) < 0)
                                return error_new(e, -ENAMETOOLONG, "too long a name");
                }
                p += n + (p[n] == '/');
        }
        if (render_path_depth(ret) > RENDER_DEPTH_MAX)
                return error_new(e, -ENAMETOOLONG, "directories more than %d deep",
                                 RENDER_DEPTH_MAX);
        return 0;
}

bool render_path_is_below(const RenderPath *path, const char *directory) {
        const char *rest = text_after(path->text, directory);

        return rest && rest[0] == '/';
}

RenderMark render_path_mark(RenderPath *path, Error *e) {
        const char *name = render_path_name(path), *hidden = NULL;
        RenderPath shown;

        if (!strstr(path->text, WHITEOUT))
                return RENDER_MARK_NONE;
        for (const char *p = path->text; p < name; p += strcspn(p, "/") + 1) {
                if (text_after(p, WHITEOUT_META))
                        return RENDER_MARK_IGNORED;
                if (text_after(p, WHITEOUT))
                        return error_new(e, -EINVAL, "\"%s\" lies in a whiteout", path->text);
        }
        if (strcmp(name, WHITEOUT_OPAQUE) == 0) {
                render_path_ascend(path);
                return RENDER_MARK_OPAQUE;
        }
        if (text_after(name, WHITEOUT_META))
                return RENDER_MARK_IGNORED;
        hidden = text_after(name, WHITEOUT);
        if (!hidden)
                return RENDER_MARK_NONE;
        if (hidden[0] == '\0' || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
                return error_new(e, -EINVAL, "whiteout \"%s\" hides no name", path->text);
        shown = *path;
        render_path_ascend(&shown);
        (void) render_path_descend(&shown, hidden, strlen(hidden)); /* shorter than it was */
        *path = shown;
        return RENDER_MARK_WHITEOUT;
}
