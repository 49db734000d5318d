/* A plugin whose table is the test's own: entry finds its address, in decimal, in the environment. So a test can say in
 * memory what a plugin is and does, and still have it opened as any other. */
#include <hbnb/handler.h>
#include <stdlib.h>

HBNB_EXPORT const hbnb_plugin *hbnb_handler_plugin(uint32_t host_major, uint32_t host_minor) {
    (void)host_major;
    (void)host_minor;
    const char *address = getenv("HBNB_TEST_TABLE");
    return address == NULL ? NULL : (const hbnb_plugin *)(uintptr_t)strtoull(address, NULL, 10);
}
