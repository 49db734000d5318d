#include "pages/pages.hpp"

HBNB_EXPORT_HANDLER(hbnb::pages::Pages)
