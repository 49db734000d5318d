#include "storage/dialect.hpp"

namespace hbnb {

const Dialect &dialect_of(const DatabaseUrl &url) {
    switch (url.kind) {
        case DatabaseKind::mysql: return kMysql;
        case DatabaseKind::postgresql: return kPostgresql;
        case DatabaseKind::sqlite: break;
    }
    return kSqlite;
}

}  // namespace hbnb
