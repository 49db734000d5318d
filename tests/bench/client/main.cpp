// load_client: the load of the benchmarks. One JSON plan on the standard input (client/plan.hpp), one JSON report on
// the standard output: outcomes by status, answers a second while requests arrived, latencies by target and status.
//
//   echo '{"port":8080,"connections":64,"rate":2000,"seconds":5,"targets":[{"path":"/demo/status","weight":99},
//          {"path":"/demo/sleep?ms=50","weight":1}]}' | load_client
#include <exception>
#include <iostream>
#include <iterator>
#include <string>

#include "client/load.hpp"

int main() {
    try {
        const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
        const hbnb::bench::Plan plan = hbnb::bench::plan_of(text);
        std::cout << hbnb::bench::Load(plan).run() << "\n";
        return std::cout.flush() ? 0 : 1;
    } catch (const std::exception &error) {
        std::cerr << "load_client: " << error.what() << "\n";
        return 2;
    }
}
