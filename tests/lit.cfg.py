# lit configuration: .mlir files (IR, passes) and .test files (command line). TL_BUILD names the build folder.
import os

import lit.formats

config.name = "tl"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
build = os.path.abspath(lit_config.params.get("build") or os.environ.get("TL_BUILD") or
                        os.path.join(config.test_source_root, "..", "build"))
config.test_exec_root = os.path.join(build, "lit")

# FileCheck, not and count come with llvm-22-tools.
folders = [os.path.join(build, "bin"), "/usr/lib/llvm-22/bin", config.environment.get("PATH", os.environ["PATH"])]
config.environment["PATH"] = os.pathsep.join(folders)
config.substitutions.append(("%tests", config.test_source_root))
