/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-elf.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define HEADERS_MAX 256
#define TEXT_MAX ((size_t) 4096)
#define DYNAMIC_MAX ((size_t) 64 * 1024)

#if defined(__x86_64__)
#        define HOST_MACHINE EM_X86_64
#        define HOST_COMPATIBLE EM_386 /* runs on the same kernel */
#elif defined(__aarch64__)
#        define HOST_MACHINE EM_AARCH64
#        define HOST_COMPATIBLE EM_ARM
#elif defined(__arm__)
#        define HOST_MACHINE EM_ARM
#        define HOST_COMPATIBLE EM_ARM
#elif defined(__powerpc64__)
#        define HOST_MACHINE EM_PPC64
#        define HOST_COMPATIBLE EM_PPC64
#elif defined(__riscv)
#        define HOST_MACHINE EM_RISCV
#        define HOST_COMPATIBLE EM_RISCV
#elif defined(__i386__)
#        define HOST_MACHINE EM_386
#        define HOST_COMPATIBLE EM_386
#else
#        error "Name this machine's ELF number here."
#endif

void skim_elf_done(SkimElf *elf) {
        free(elf->interpreter);
        strv_free(elf->library_paths);
        *elf = SKIM_ELF_NULL;
}

/* Exactly @n bytes, or -EBADMSG. */
static int read_at(int fd, uint64_t offset, void *buffer, size_t n) {
        ssize_t got = 0;

        if (offset > INT64_MAX - n)
                return -EBADMSG;
        got = pread(fd, buffer, n, (off_t) offset);
        if (got < 0)
                return -errno;
        return (size_t) got == n ? 0 : -EBADMSG;
}

/* The NUL-terminated text at @offset, at most @max bytes of it. */
static int read_text(int fd, uint64_t offset, size_t max, char **ret) {
        char buffer[TEXT_MAX];
        ssize_t got = 0;

        if (max > sizeof(buffer))
                max = sizeof(buffer);
        if (offset > INT64_MAX - max)
                return -EBADMSG;
        got = pread(fd, buffer, max, (off_t) offset);
        if (got < 0)
                return -errno;
        if (!memchr(buffer, '\0', (size_t) got))
                return -EBADMSG;
        *ret = strdup(buffer);
        return *ret ? 0 : -ENOMEM;
}

/* Where an address of the loaded program lies in its file. */
static int file_offset(const Elf64_Phdr *headers, size_t n, uint64_t address, uint64_t *ret) {
        for (size_t i = 0; i < n; i++)
                if (headers[i].p_type == PT_LOAD && address >= headers[i].p_vaddr &&
                    address - headers[i].p_vaddr < headers[i].p_filesz &&
                    !__builtin_add_overflow(address - headers[i].p_vaddr, headers[i].p_offset, ret))
                        return 0;
        return -EBADMSG;
}

static int add_paths(int fd, uint64_t offset, Strv *paths) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(strv_freep) Strv parts = NULL;
        int r = read_text(fd, offset, TEXT_MAX, &text);

        if (r >= 0)
                r = strv_split(text, ':', &parts);
        for (char **part = parts; part && *part && r >= 0; part++)
                if (**part)
                        r = strv_append(paths, *part);
        return r;
}

static int
read_dynamic(int fd, const Elf64_Phdr *headers, size_t n, const Elf64_Phdr *dynamic, SkimElf *elf) {
        size_t size = dynamic->p_filesz > DYNAMIC_MAX ? DYNAMIC_MAX : (size_t) dynamic->p_filesz;
        size_t n_entries = size / sizeof(Elf64_Dyn);
        _cleanup_(freep) Elf64_Dyn *entries = calloc(n_entries + 1, sizeof(Elf64_Dyn));
        uint64_t strings = 0;
        int r = entries ? read_at(fd, dynamic->p_offset, entries, n_entries * sizeof(Elf64_Dyn))
                        : -ENOMEM;

        for (size_t i = 0; i < n_entries && r >= 0; i++)
                if (entries[i].d_tag == DT_STRTAB)
                        r = file_offset(headers, n, entries[i].d_un.d_ptr, &strings);
        for (size_t i = 0; i < n_entries && r >= 0 && entries[i].d_tag != DT_NULL; i++) {
                uint64_t offset = 0;

                if (entries[i].d_tag != DT_RPATH && entries[i].d_tag != DT_RUNPATH)
                        continue;
                if (__builtin_add_overflow(strings, entries[i].d_un.d_val, &offset))
                        return -EBADMSG;
                r = add_paths(fd, offset, &elf->library_paths);
        }
        return r;
}

static int read_headers(int fd, const Elf64_Ehdr *header, SkimElf *elf) {
        _cleanup_(freep) Elf64_Phdr *headers = NULL;
        size_t n = header->e_phnum;
        int r = 0;

        if (header->e_phentsize != sizeof(Elf64_Phdr) || n > HEADERS_MAX)
                return -EBADMSG;
        headers = calloc(n + 1, sizeof(Elf64_Phdr));
        if (!headers)
                return -ENOMEM;
        r = read_at(fd, header->e_phoff, headers, n * sizeof(Elf64_Phdr));
        for (size_t i = 0; i < n && r >= 0; i++) {
                if (headers[i].p_type == PT_INTERP && !elf->interpreter)
                        r = read_text(fd, headers[i].p_offset,
                                      (size_t) (headers[i].p_filesz > TEXT_MAX
                                                        ? TEXT_MAX
                                                        : headers[i].p_filesz),
                                      &elf->interpreter);
                else if (headers[i].p_type == PT_DYNAMIC)
                        r = read_dynamic(fd, headers, n, &headers[i], elf);
        }
        return r;
}

/* A 32-bit program has another layout; only its interpreter matters enough to be read. */
static int read_headers_32(int fd, const Elf32_Ehdr *header, SkimElf *elf) {
        Elf32_Phdr program;
        int r = 0;

        if (header->e_phentsize != sizeof(program) || header->e_phnum > HEADERS_MAX)
                return -EBADMSG;
        for (uint64_t i = 0; i < header->e_phnum && r >= 0; i++) {
                r = read_at(fd, header->e_phoff + i * sizeof(program), &program, sizeof(program));
                if (r >= 0 && program.p_type == PT_INTERP && !elf->interpreter)
                        r = read_text(fd, program.p_offset, program.p_filesz, &elf->interpreter);
        }
        return r;
}

int skim_elf_read(int fd, SkimElf *ret, Error *e) {
        _cleanup_(skim_elf_done) SkimElf elf = SKIM_ELF_NULL;
        union {
                unsigned char ident[EI_NIDENT];
                Elf64_Ehdr wide;
                Elf32_Ehdr narrow;
        } header = {};
        bool wide = false;
        int r = read_at(fd, 0, header.ident, sizeof(header.ident));

        if (r == -EBADMSG || (r >= 0 && memcmp(header.ident, ELFMAG, SELFMAG) != 0))
                return error_new(e, -ENOEXEC, "no ELF program");
        wide = header.ident[EI_CLASS] == ELFCLASS64;
        if (r >= 0)
                r = read_at(fd, 0, &header, wide ? sizeof(header.wide) : sizeof(header.narrow));
        if (r < 0)
                return error_wrap(e, r, "damaged ELF program");
        /* e_machine lies at the same place in both; bytes of another order fit no machine. */
        if (header.wide.e_machine != HOST_MACHINE && header.wide.e_machine != HOST_COMPATIBLE)
                return error_new(e, -EPFNOSUPPORT, "made for another machine (ELF %u)",
                                 (unsigned) header.wide.e_machine);
        r = wide ? read_headers(fd, &header.wide, &elf) : read_headers_32(fd, &header.narrow, &elf);
        if (r < 0)
                return error_wrap(e, r, "damaged ELF program");
        *ret = elf;
        elf = SKIM_ELF_NULL;
        return 0;
}
