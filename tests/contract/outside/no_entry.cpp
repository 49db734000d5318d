namespace {
int forgotten() { return 1; }
}  // namespace

int answer() { return forgotten(); }
