/* What a shared object exports and needs, read from the file itself: nothing of it runs for that. */
#include "exports.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if __ELF_NATIVE_CLASS == 64
#define NATIVE_CLASS ELFCLASS64
#else
#define NATIVE_CLASS ELFCLASS32
#endif

#if defined(__x86_64__)
#define NATIVE_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#endif

typedef struct image {
    const unsigned char *bytes;
    size_t size;
    const ElfW(Ehdr) * header;
} image;

/* A piece of the file, or the end of the case where the file is too short for it. */
static const void *piece(const image *file, uint64_t offset, uint64_t size) {
    if (offset > file->size || size > file->size - offset)
        fail_fatally("is cut short: it says that it has %llu bytes at least, and has %zu; copy it again",
                     (unsigned long long)(offset + size), file->size);
    return file->bytes + offset;
}

static image open_image(void) {
    image file = {0};
    struct stat info;
    int descriptor = open(asked.path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &info) != 0) fail_fatally("%s cannot be opened", asked.path);
    file.size = (size_t)info.st_size;
    if (file.size < sizeof *file.header) fail_fatally("is no shared object: it has %zu bytes", file.size);
    file.bytes = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (file.bytes == MAP_FAILED) fail_fatally("%s cannot be read", asked.path);
    file.header = piece(&file, 0, sizeof *file.header);
    if (memcmp(file.header->e_ident, ELFMAG, SELFMAG) != 0)
        fail_fatally("is no shared object: it does not begin as an ELF file does");
    if (file.header->e_ident[EI_CLASS] != NATIVE_CLASS) fail_fatally("is for a machine of another word size");
#ifdef NATIVE_MACHINE
    if (file.header->e_machine != NATIVE_MACHINE)
        fail_fatally("is for another kind of processor (ELF machine %u; this one is %u)",
                     file.header->e_machine, NATIVE_MACHINE);
#endif
    if (file.header->e_type != ET_DYN) fail_fatally("is no shared object; link it with -shared");
    return file;
}

static const ElfW(Shdr) * section(const image *file, unsigned index) {
    return piece(file, file->header->e_shoff + (uint64_t)index * file->header->e_shentsize,
                 sizeof(ElfW(Shdr)));
}

/* A name in a table of strings. */
static const char *string_at(const image *file, const ElfW(Shdr) * table, uint64_t offset) {
    const char *strings = piece(file, table->sh_offset, table->sh_size);
    if (offset >= table->sh_size || strings[table->sh_size - 1] != 0)
        fail_fatally("is damaged: a name lies outside its table");
    return strings + offset;
}

/* Some linkers let their own marks be seen. */
static bool is_of_linker(const char *name) {
    static const char *const names[] = {"_init",         "_fini",      "_edata",      "_end",   "__bss_start",
                                        "__bss_start__", "_bss_end__", "__bss_end__", "__end__"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static void add_symbols(const image *file, const ElfW(Shdr) * symbols, const ElfW(Shdr) * names,
                        exports *found) {
    uint64_t count = symbols->sh_size / sizeof(ElfW(Sym));
    for (uint64_t i = 1; i < count; i++) {
        const ElfW(Sym) *symbol = piece(file, symbols->sh_offset + i * sizeof *symbol, sizeof *symbol);
        unsigned binding = ELF64_ST_BIND(symbol->st_info), visibility = ELF64_ST_VISIBILITY(symbol->st_other);
        if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS || binding == STB_LOCAL) continue;
        if (visibility == STV_HIDDEN || visibility == STV_INTERNAL) continue;
        const char *name = string_at(file, names, symbol->st_name);
        if (is_of_linker(name)) continue;
        if (strcmp(name, "cm_plugin_entry_v1") == 0) found->has_entry = true;
        else if (found->other_count++ < 3)
            snprintf(found->others + strlen(found->others), sizeof found->others - strlen(found->others),
                     "%s%s", found->other_count > 1 ? ", " : "", name);
    }
}

static void add_libraries(const image *file, const ElfW(Shdr) * dynamic, const ElfW(Shdr) * names,
                          exports *found) {
    uint64_t count = dynamic->sh_size / sizeof(ElfW(Dyn));
    for (uint64_t i = 0; i < count; i++) {
        const ElfW(Dyn) *item = piece(file, dynamic->sh_offset + i * sizeof *item, sizeof *item);
        if (item->d_tag == DT_NULL) return;
        if (item->d_tag != DT_NEEDED) continue;
        const char *name = string_at(file, names, item->d_un.d_val);
        if (strncmp(name, "libswift", 8) != 0 && strncmp(name, "libFoundation", 13) != 0) continue;
        snprintf(found->swift_library, sizeof found->swift_library, "%s", name);
    }
}

exports read_exports(void) {
    exports found = {0};
    image file = open_image();
    if (!file.header->e_shoff || file.header->e_shentsize < sizeof(ElfW(Shdr)))
        fail("has no section headers, so that its symbols cannot be read; do not strip them");
    bool is_read = false;
    for (unsigned i = 0; i < file.header->e_shnum; i++) {
        const ElfW(Shdr) *read = section(&file, i);
        if (read->sh_link >= file.header->e_shnum) continue;
        const ElfW(Shdr) *names = section(&file, read->sh_link);
        if (read->sh_type == SHT_DYNSYM) add_symbols(&file, read, names, &found);
        if (read->sh_type == SHT_DYNSYM) is_read = true;
        if (read->sh_type == SHT_DYNAMIC) add_libraries(&file, read, names, &found);
    }
    if (!is_read) fail("has no table of dynamic symbols; link it with -shared");
    munmap((void *)(uintptr_t)file.bytes, file.size);
    return found;
}
