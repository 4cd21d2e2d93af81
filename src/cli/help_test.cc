#include "cli/help.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

namespace hammock::cli {
namespace {

using testing::HasSubstr;

void expect_fits(const std::string& text, std::size_t columns) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    bool breakable = line.substr(line.find_first_not_of(' ') + 1).find(' ') != std::string::npos;
    bool example =
        line.starts_with("  hammock") || line.starts_with("  -") || line.starts_with("  [");
    if (breakable && !example) {
      EXPECT_LE(columns_of(line), columns) << line;
    }
  }
}

TEST(Help, FitsNarrowAndWideTerminals) {
  for (std::size_t columns : {40UZ, 80UZ}) {
    expect_fits(help_overview({true, false, columns}), columns);
    for (const Command& command : commands()) {
      expect_fits(help_of(command, {true, false, columns}), columns);
    }
  }
}

TEST(Help, EveryCommandIsDescribedWhole) {
  std::set<std::string_view> names;
  for (const Command& command : commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_FALSE(command.summary.empty() || command.summary.ends_with('.')) << command.name;
    EXPECT_FALSE(command.examples.empty()) << command.name;
    for (const Option& option : command.options) {
      EXPECT_TRUE(option.help.ends_with('.') || option.help.ends_with("given.")) << option.name;
    }
  }
}

TEST(Help, ShowsExamplesAndExitCodes) {
  std::string overview = help_overview({false, false, 80});
  for (const char* code : {" 0  done", " 3  refused", "64  ", "69  ", "75  ", "77  ", "78  "}) {
    EXPECT_THAT(overview, HasSubstr(code));
  }
  std::string logs = help_of(*find_command("logs"), {false, false, 80});
  EXPECT_THAT(logs, HasSubstr("hammock logs [-f] [-n N] [--since T] [--instance N] [-t] NAME\n"));
  EXPECT_THAT(logs, HasSubstr("hammock logs web -f\n      follow it\n"));
  EXPECT_EQ(usage_of(*find_command("run")), "hammock run NAME -- CMD…");
}

// The page in docs/ is the description and nothing else; HAMMOCK_WRITE_DOCS=1 writes it anew.
TEST(Help, DocsAreUpToDate) {
  const char* source = getenv("HAMMOCK_SOURCE_DIR");
  std::string path = std::string(source == nullptr ? "." : source) + "/docs/cli.md";
  if (getenv("HAMMOCK_WRITE_DOCS") != nullptr) std::ofstream(path) << cli_markdown();
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, cli_markdown()) << path << ": HAMMOCK_WRITE_DOCS=1 writes it anew";
}

// Runs the words with `input` on standard input; the exit code, -1 when the program is not there.
int run_with_input(std::vector<const char*> words, const std::string& input) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[0], 0);
    close(ends[0]);
    close(ends[1]);
    words.push_back(nullptr);
    execvp(words[0], const_cast<char**>(words.data()));
    _exit(255);
  }
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  std::size_t written = 0;
  while (written < input.size()) {
    ssize_t count = write(ends[1], input.data() + written, input.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  close(ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

TEST(Completion, ShellsAcceptTheScripts) {
  EXPECT_EQ(run_with_input({"bash", "-n"}, completion_script("bash")), 0);
  // The other shells are asked where they are installed.
  for (const char* shell : {"zsh", "fish"}) {
    EXPECT_LE(run_with_input({shell, "-n"}, completion_script(shell)), 0) << shell;
  }
}

TEST(Completion, BashOffersCommandsOptionsAndChoices) {
  auto complete = [](const std::string& words, const std::string& expected) {
    std::string script = completion_script("bash") + "COMP_WORDS=(" + words +
                         "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _hammock\n"
                         "[[ \"${COMPREPLY[*]}\" == '" +
                         expected + "' ]]\n";
    return run_with_input({"bash"}, script);
  };
  EXPECT_EQ(complete("hammock sto", "stop"), 0);
  EXPECT_EQ(complete("hammock -c x.toml do", "down doctor"), 0);
  EXPECT_EQ(complete("hammock logs --fo", "--follow"), 0);
  EXPECT_EQ(complete("hammock check --format s", "short sarif"), 0);
  EXPECT_EQ(complete("hammock completion f", "fish"), 0);
  EXPECT_EQ(complete("hammock completion f", "zsh"), 1);
}

TEST(Man, HasEveryCommandAndNoRawDots) {
  std::string page = man_page(nullptr);
  for (const Command& command : commands()) {
    EXPECT_THAT(page, HasSubstr(".SS hammock " + std::string(command.name)));
    EXPECT_THAT(man_page(&command), HasSubstr(".SH EXIT STATUS"));
  }
  std::istringstream lines(page);
  const std::set<std::string> requests = {".TH", ".SH", ".SS", ".TP", ".PP", ".B"};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('.')) {
      EXPECT_TRUE(requests.contains(line.substr(0, line.find(' ')))) << line;
    }
  }
}

}  // namespace
}  // namespace hammock::cli
