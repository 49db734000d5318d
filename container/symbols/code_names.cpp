#include "symbols/code_names.hpp"

#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "base/fd.hpp"

namespace hbnb::symbols {
namespace {

struct Module {
    std::string path;
    std::uintptr_t offset = 0;  // of the address asked for, in the file's own numbers
};

std::optional<Module> find_module(std::uintptr_t address) {
    struct Search {
        std::uintptr_t address;
        std::optional<Module> found;
    } search{address, std::nullopt};
    ::dl_iterate_phdr(
        [](dl_phdr_info *module, std::size_t, void *data) {
            auto &asked = *static_cast<Search *>(data);
            for (int i = 0; i < module->dlpi_phnum; ++i) {
                const ElfW(Phdr) &part = module->dlpi_phdr[i];
                const std::uintptr_t offset = asked.address - module->dlpi_addr;
                if (part.p_type != PT_LOAD || offset < part.p_vaddr || offset - part.p_vaddr >= part.p_memsz) continue;
                const bool is_program = module->dlpi_name[0] == '\0';
                asked.found = Module{is_program ? kThisProgram : module->dlpi_name, offset};
                return 1;
            }
            return 0;
        },
        &search);
    return search.found;
}

// A file's bytes, mapped for as long as they are looked at. Every place in it is checked: a file may be cut short.
class MappedFile {
  public:
    explicit MappedFile(const std::string &path) {
        const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (!file.is_open() || ::fstat(file.get(), &status) != 0 || status.st_size <= 0) return;
        void *pages = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file.get(), 0);
        if (pages != MAP_FAILED) bytes_ = {static_cast<const char *>(pages), static_cast<std::size_t>(status.st_size)};
    }
    ~MappedFile() {
        if (!bytes_.empty()) ::munmap(const_cast<char *>(bytes_.data()), bytes_.size());
    }
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;

    template <class Value>
    std::span<const Value> values(std::uint64_t offset, std::uint64_t count) const {
        if (offset > bytes_.size() || count > (bytes_.size() - offset) / sizeof(Value) || offset % alignof(Value) != 0)
            return {};
        return {reinterpret_cast<const Value *>(bytes_.data() + offset), static_cast<std::size_t>(count)};
    }
    std::string text(std::uint64_t offset) const {
        if (offset >= bytes_.size()) return {};
        const std::string_view rest = bytes_.substr(static_cast<std::size_t>(offset));
        return std::string(rest.substr(0, rest.find('\0')));
    }

  private:
    std::string_view bytes_;
};

std::span<const ElfW(Shdr)> sections_of(const MappedFile &file) {
    const auto head = file.values<ElfW(Ehdr)>(0, 1);
    if (head.empty() || std::string_view(reinterpret_cast<const char *>(head[0].e_ident), SELFMAG) != ELFMAG) return {};
    return file.values<ElfW(Shdr)>(head[0].e_shoff, head[0].e_shnum);
}

// Empty: no function of this table is there.
std::string function_in(const MappedFile &file, std::span<const ElfW(Shdr)> sections, unsigned table,
                        std::uintptr_t offset) {
    for (const auto &section : sections) {
        if (section.sh_type != table || section.sh_link >= sections.size()) continue;
        const auto &names = sections[section.sh_link];
        for (const auto &symbol : file.values<ElfW(Sym)>(section.sh_offset, section.sh_size / sizeof(ElfW(Sym)))) {
            const bool is_here = offset >= symbol.st_value && offset - symbol.st_value < symbol.st_size;
            if (is_here && ELF32_ST_TYPE(symbol.st_info) == STT_FUNC)
                return file.text(names.sh_offset + symbol.st_name);
        }
    }
    return {};
}

std::string function_at(const Module &module) {
    const MappedFile file(module.path);
    const auto sections = sections_of(file);
    const std::string name = function_in(file, sections, SHT_SYMTAB, module.offset);
    return name.empty() ? function_in(file, sections, SHT_DYNSYM, module.offset) : name;
}

std::string demangled(const std::string &name) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void *)> text(::abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                       std::free);
    return status == 0 && text ? std::string(text.get()) : name;
}

std::string hexadecimal(std::uintptr_t value) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%zx", static_cast<std::size_t>(value));
    return text.data();
}

}  // namespace

std::string short_function_name(std::string_view whole) {
    constexpr std::string_view kNobodys = "(anonymous namespace)::";
    std::string name;
    unsigned depth = 0;  // of template arguments
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (whole.substr(i).starts_with(kNobodys)) {
            i += kNobodys.size() - 1;
            continue;
        }
        const bool is_operator = name.ends_with("operator");
        const char c = whole[i];
        if (c == '(' && depth == 0 && !is_operator) break;  // the parameters
        if (c == '<' && !is_operator) ++depth;
        if (depth == 0 && c == ' ' && !is_operator) {
            name.clear();  // that was what it returns
        } else if (depth == 0) {
            name += c;
        }
        if (c == '>' && depth > 0) --depth;
    }
    return name.substr(0, kFunctionNameMax);
}

std::string CodeNames::describe_stack(std::span<void *const> frames) const {
    std::string text;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto address = reinterpret_cast<std::uintptr_t>(frames[i]);
        if (address == 0) break;
        // A return address stands behind its call, which may be its function's last instruction.
        text += (i == 0 ? "" : " < ") + describe(i == 0 ? address : address - 1);
    }
    return text;
}

std::string CodeNames::describe(std::uintptr_t address) const {
    const auto module = find_module(address);
    if (!module) return hexadecimal(address);
    const std::string function = function_at(*module);
    std::string file = module->path;
    for (const auto &[path, name] : known_)
        if (path == file) file = name;
    file.erase(0, file.rfind('/') + 1);  // npos + 1 is 0
    return (function.empty() ? "" : short_function_name(demangled(function)) + " ") + file + "+" +
           hexadecimal(module->offset);
}

}  // namespace hbnb::symbols
