// Scheduling: who runs, who waits, and who waits for ever.
#include "tests/gpu/emulator/Machine.h"

#include <algorithm>
#include <numeric>

namespace tl::gpu {
namespace {

constexpr int kWarp = 32;
/// A thread is interrupted after so many instructions, so that spinning on another one ends.
constexpr int kTurn = 4096;
/// Instructions of one block; more is taken for a loop without end.
constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 33;

} // namespace

Machine::Machine(GlobalMemory &memory, const Module &module, const Kernel &kernel, const Launch &launch,
                 std::uint32_t number, std::uint64_t seed)
    : memory(memory), module(module), kernel(kernel), launch(launch), number(number), random(seed) {}

std::string Machine::run() {
  const std::uint64_t perBlock = std::uint64_t{launch.threads[0]} * launch.threads[1] * launch.threads[2];
  if (kernel.maxThreads != 0 && perBlock > static_cast<std::uint64_t>(kernel.maxThreads))
    return kernel.name + ": a block has " + std::to_string(perBlock) + " threads, the kernel allows " +
           std::to_string(kernel.maxThreads);
  std::vector<std::uint64_t> order(std::uint64_t{launch.blocks[0]} * launch.blocks[1] * launch.blocks[2]);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  threads.resize(perBlock);
  for (std::uint64_t next : order) {
    startBlock(next);
    runBlock();
    if (!fault.empty())
      break;
  }
  return fault;
}

void Machine::startBlock(std::uint64_t next) {
  block = next;
  shared = TrackedBytes(module.sharedBytes);
  barriers = 1;
  steps = 0;
  const auto &[width, height, depth] = launch.threads;
  for (std::size_t thread = 0; thread < threads.size(); ++thread) {
    Thread &one = threads[thread];
    one = Thread();
    one.number = static_cast<int>(thread);
    one.registers.assign(static_cast<std::size_t>(kernel.registers), 0);
    one.local.assign(kernel.localBytes, 0xCD);
    const std::uint64_t specials[kSpecials] = {thread % width,
                                               thread / width % height,
                                               thread / width / height,
                                               block % launch.blocks[0],
                                               block / launch.blocks[0] % launch.blocks[1],
                                               block / launch.blocks[0] / launch.blocks[1],
                                               width,
                                               height,
                                               depth,
                                               launch.blocks[0],
                                               launch.blocks[1],
                                               launch.blocks[2],
                                               thread % kWarp};
    std::copy(std::begin(specials), std::end(specials), one.registers.begin());
  }
}

/// Turns in an order that changes each time, until all are done or nobody can go on.
void Machine::runBlock() {
  std::vector<std::size_t> order(threads.size());
  std::iota(order.begin(), order.end(), 0);
  while (fault.empty()) {
    bool advanced = false;
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t thread : order)
      if (threads[thread].state == State::Running)
        advanced |= runThread(threads[thread]);
    if (!fault.empty() || std::all_of(threads.begin(), threads.end(),
                                      [](const Thread &thread) { return thread.state == State::Done; }))
      return;
    advanced |= releaseShuffles() || releaseBarrier();
    if (!advanced && fault.empty()) {
      auto waiting = std::find_if(threads.begin(), threads.end(),
                                  [](const Thread &thread) { return thread.state != State::Done; });
      fail(*waiting, waiting->state == State::AtBarrier ? "waits at a barrier that others never reach"
                                                        : "waits for threads of its warp that never come");
    }
    if (steps > kMostSteps)
      fail(threads.front(), "the block does not end");
  }
}

bool Machine::runThread(Thread &thread) {
  for (int turn = 0; turn < kTurn && thread.state == State::Running && fault.empty(); ++turn, ++steps) {
    if (thread.pc >= static_cast<int>(kernel.code.size())) {
      thread.state = State::Done;
      return true;
    }
    const Instruction &instruction = kernel.code[static_cast<std::size_t>(thread.pc)];
    const bool holds =
        instruction.guard < 0 || ((thread.registers[static_cast<std::size_t>(instruction.guard)] & 1) != 0) !=
                                     instruction.guardIsNegated;
    if (holds)
      execute(thread, instruction);
    if (thread.state == State::Running)
      ++thread.pc;
  }
  return true;
}

/// All threads of a block have to come to the barrier. One that has ended is one that does not come.
bool Machine::releaseBarrier() {
  if (!std::all_of(threads.begin(), threads.end(),
                   [](const Thread &thread) { return thread.state == State::AtBarrier; }))
    return false;
  for (Thread &thread : threads) {
    if (thread.pc != threads.front().pc) {
      fail(thread, "is at another barrier than thread 0");
      return true;
    }
    thread.state = State::Running;
  }
  for (Thread &thread : threads)
    ++thread.pc;
  ++barriers;
  return true;
}

bool Machine::releaseShuffles() {
  bool released = false;
  for (std::size_t first = 0; first < threads.size(); first += kWarp) {
    std::vector<Thread *> warp;
    for (std::size_t lane = first; lane < std::min(threads.size(), first + kWarp); ++lane)
      warp.push_back(&threads[lane]);
    const bool isReady = std::all_of(warp.begin(), warp.end(), [&](const Thread *thread) {
      return thread->state == State::AtShuffle && thread->pc == warp.front()->pc;
    });
    if (!isReady)
      continue;
    shuffle(warp, kernel.code[static_cast<std::size_t>(warp.front()->pc)]);
    released = true;
  }
  return released;
}

/// Every lane takes the value of another one; our kernels shuffle whole warps only.
void Machine::shuffle(const std::vector<Thread *> &warp, const Instruction &instruction) {
  std::vector<std::uint64_t> sources;
  for (Thread *thread : warp) {
    sources.push_back(valueOf(*thread, instruction.operands[1]));
    const auto mask = static_cast<std::uint32_t>(valueOf(*thread, instruction.operands[4]));
    if (warp.size() == kWarp && mask != 0xffffffffu)
      return fail(*thread, "shuffles a part of its warp");
  }
  for (std::size_t lane = 0; lane < warp.size(); ++lane) {
    const auto by = static_cast<std::size_t>(valueOf(*warp[lane], instruction.operands[2])) & (kWarp - 1);
    std::size_t from = instruction.direction == 'b'   ? lane ^ by
                       : instruction.direction == 'd' ? lane + by
                       : instruction.direction == 'u' ? lane - by
                                                      : by;
    if (from >= warp.size())
      from = lane;
    set(*warp[lane], instruction.operands[0], sources[from]);
  }
  for (Thread *thread : warp) {
    thread->state = State::Running;
    ++thread->pc;
  }
}

void Machine::fail(const Thread &thread, const std::string &reason) {
  if (!fault.empty())
    return;
  const auto last = static_cast<std::size_t>(std::min(thread.pc, static_cast<int>(kernel.code.size()) - 1));
  fault = kernel.name + ", thread " + std::to_string(thread.number) + " of block " + std::to_string(block) +
          ", line " + std::to_string(kernel.code[last].line) + " of the PTX: " + reason;
}

} // namespace tl::gpu
