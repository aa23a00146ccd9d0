// Runs kernels: blocks one after the other, the threads of a block in an order that a seed chooses.
#pragma once

#include "tests/gpu/emulator/Memory.h"
#include "tests/gpu/emulator/Ptx.h"

#include <array>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace tl::gpu {

/// What a launch takes.
struct Launch {
  std::array<unsigned, 3> blocks{1, 1, 1};
  std::array<unsigned, 3> threads{1, 1, 1};
  std::vector<std::uint8_t> parameters; ///< as the kernel lays them out
};

/// An asynchronous copy that a thread has begun.
struct PendingCopy {
  std::uint64_t to = 0, from = 0, bytes = 0;
};

enum class State : std::uint8_t { Running, AtBarrier, AtShuffle, Done };

struct Thread {
  std::vector<std::uint64_t> registers;
  std::vector<std::uint8_t> local;
  std::vector<std::vector<PendingCopy>> committed; ///< groups, oldest first
  std::vector<PendingCopy> open;
  int pc = 0;
  int number = 0;
  State state = State::Running;
};

/// One launch. The first thing that a GPU would do wrong, or might do otherwise each time, stops it.
class Machine {
public:
  Machine(GlobalMemory &memory, const Module &module, const Kernel &kernel, const Launch &launch,
          std::uint32_t number, std::uint64_t seed);

  /// Runs the launch; empty, or the fault: what, in which thread and at which line of the PTX.
  std::string run();

private:
  // Scheduling.
  void startBlock(std::uint64_t block);
  void runBlock();
  bool runThread(Thread &thread);
  bool releaseBarrier();
  bool releaseShuffles();
  void shuffle(const std::vector<Thread *> &warp, const Instruction &instruction);
  void fail(const Thread &thread, const std::string &reason);

  // Instructions.
  void execute(Thread &thread, const Instruction &instruction);
  void executeInteger(Thread &thread, const Instruction &instruction);
  void executeFloat(Thread &thread, const Instruction &instruction);
  void executeMove(Thread &thread, const Instruction &instruction);
  void executeConvert(Thread &thread, const Instruction &instruction);
  void executeCompare(Thread &thread, const Instruction &instruction);
  void executeMemory(Thread &thread, const Instruction &instruction);
  void executeCopy(Thread &thread, const Instruction &instruction);
  void announceCopy(const Thread &thread, std::uint64_t to, std::uint64_t bytes);
  void finishCopies(Thread &thread, std::size_t left);
  std::uint64_t valueOf(const Thread &thread, const Operand &operand) const;
  std::uint64_t addressOf(const Thread &thread, const Operand &operand) const;
  void set(Thread &thread, const Operand &operand, std::uint64_t value) const;

  // Memory.
  bool loadBytes(Thread &thread, Space space, std::uint64_t address, std::uint64_t count, void *to);
  bool storeBytes(Thread &thread, Space space, std::uint64_t address, std::uint64_t count, const void *from);
  TrackedBytes *tracked(Thread &thread, Space space, std::uint64_t address, std::uint64_t count, bool writes,
                        std::uint64_t &offset);

  GlobalMemory &memory;
  const Module &module;
  const Kernel &kernel;
  const Launch &launch;
  std::uint32_t number; ///< of the launch: the epoch of global memory
  std::mt19937_64 random;
  std::vector<Thread> threads;
  TrackedBytes shared{0};
  std::uint32_t barriers = 1; ///< passed by the block so far: the epoch of shared memory
  std::uint64_t block = 0;
  std::uint64_t steps = 0;
  std::string fault;
};

} // namespace tl::gpu
