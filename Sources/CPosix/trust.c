#define _GNU_SOURCE
#include "cposix.h"

#include <grp.h>
#include <pwd.h>
#include <sys/xattr.h>

/* Lists the members of a group, primary or supplementary, without root and the two trusted users. */
static int members(gid_t gid, uid_t user, uid_t owner, char *names, size_t size) {
    size_t used = 0;
    int count = 0;
    struct group *group = getgrgid(gid);
    struct passwd *entry;
    names[0] = 0;
    setpwent();
    while ((entry = getpwent())) {
        int is_member = entry->pw_gid == gid;
        for (char **name = group ? group->gr_mem : NULL; name && *name && !is_member; name++)
            is_member = strcmp(*name, entry->pw_name) == 0;
        if (!is_member || entry->pw_uid == 0 || entry->pw_uid == user || entry->pw_uid == owner) continue;
        int length = snprintf(names + used, size - used, "%s%s", count ? ", " : "", entry->pw_name);
        count++;
        if (length < 0 || (size_t)length >= size - used) break;
        used += (size_t)length;
    }
    endpwent();
    return count;
}

/* Names in `who` the users besides root, `user` and `owner` who may write the file of `info`; returns 0 for none. */
static int writers(const char *path, const struct stat *info, uid_t user, uid_t owner, char *who, size_t size) {
    if (info->st_uid != 0 && info->st_uid != user && info->st_uid != owner) {
        const struct passwd *entry = getpwuid(info->st_uid);
        if (entry)
            snprintf(who, size, "%s, who owns it", entry->pw_name);
        else
            snprintf(who, size, "user %u, who owns it", (unsigned)info->st_uid);
        return 1;
    }
    /* In a sticky folder users may add files, but not replace files of others. */
    if (S_ISDIR(info->st_mode) && info->st_mode & S_ISVTX) return 0;
    if (info->st_mode & S_IWOTH) {
        snprintf(who, size, "everybody");
        return 1;
    }
    if (!(info->st_mode & S_IWGRP)) return 0;
    /* With an access control list the group bits are its mask. */
    if (getxattr(path, "system.posix_acl_access", NULL, 0) > 0) {
        snprintf(who, size, "those in its access list (getfacl shows them)");
        return 1;
    }
    char names[160];
    if (info->st_gid == 0 || members(info->st_gid, user, owner, names, sizeof names) == 0) return 0;
    const struct group *group = getgrgid(info->st_gid);
    if (group)
        snprintf(who, size, "group %s (%s)", group->gr_name, names);
    else
        snprintf(who, size, "group %u (%s)", (unsigned)info->st_gid, names);
    return 1;
}

int cposix_others_may_write(const char *path, const char *trusted, char *where, char *who) {
    struct stat info;
    uid_t user = geteuid(), owner = user;
    char *full = realpath(path, NULL);
    if (!full) return 0;
    char *end = trusted ? realpath(trusted, NULL) : NULL;
    if (end && stat(end, &info) == 0) owner = info.st_uid;
    int found = 0;
    snprintf(where, PATH_MAX, "%s", full);
    for (;;) {
        size_t length = strlen(where);
        if (end && strncmp(end, where, length) == 0 && (end[length] == '/' || !end[length])) break;
        if (stat(where, &info) == 0 && writers(where, &info, user, owner, who, CPOSIX_WHO)) {
            found = 1;
            break;
        }
        if (strcmp(where, "/") == 0) break;
        char *slash = strrchr(where, '/');
        if (slash == where) slash++;
        *slash = 0;
    }
    free(full);
    free(end);
    return found;
}
