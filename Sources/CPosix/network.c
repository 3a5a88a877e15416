/* File systems whose files other machines hold. */
#define _GNU_SOURCE
#include "cposix.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* f_type of statfs(2), of kernel headers that Debian's are too old for, too. */
static const struct { unsigned long type; const char *name; } networks[] = {
    {0x6969, "nfs"}, {0x517b, "smb"}, {0xff534d42, "cifs"}, {0xfe534d42, "smb2"},
    {0x5346414f, "afs"}, {0x6b414653, "afs"}, {0x00c36400, "ceph"}, {0x73757245, "coda"},
    {0x0bd00bd0, "lustre"}, {0x01021997, "9p"}, {0x7461636f, "ocfs2"}, {0x47504653, "gpfs"},
};
static const unsigned long fuse = 0x65735546;
static const char *const fuses[] = {
    "sshfs", "glusterfs", "rclone", "s3fs", "davfs", "curlftpfs", "cephfs", "gcsfuse", "smbnetfs", "mfs",
};

/* The type of the mount of a device, "fuse.sshfs"; empty: it is not listed. */
static void find_mount(dev_t device, char *type, size_t size) {
    *type = 0;
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (!file) return;
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        unsigned high, low;
        if (sscanf(line, "%*d %*d %u:%u", &high, &low) != 2 || makedev(high, low) != device) continue;
        const char *behind = strstr(line, " - ");
        if (!behind) continue;
        behind += 3;
        snprintf(type, size, "%.*s", (int)strcspn(behind, " \n"), behind);
    }
    fclose(file);
}

int cposix_is_network(const char *path, char *name, size_t size) {
    struct statfs info;
    if (statfs(path, &info) != 0) return -1;
    unsigned long type = (unsigned long)info.f_type & 0xffffffff;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        if (type != networks[i].type) continue;
        snprintf(name, size, "%s", networks[i].name);
        return 1;
    }
    struct stat status;
    if (type != fuse || stat(path, &status) != 0) return 0;
    find_mount(status.st_dev, name, size);
    for (size_t i = 0; i < sizeof fuses / sizeof *fuses; i++) {
        if (strstr(name, fuses[i])) return 1;
    }
    return 0;
}
