// Loads, stores and copies, with everything that may be wrong about an address.
#include "tests/gpu/emulator/Machine.h"

#include <cstring>

namespace tl::gpu {
namespace {

std::string described(bool writes, std::uint64_t count, const char *where) {
  return std::string(writes ? "writes " : "reads ") + std::to_string(count) + " bytes " + where;
}

} // namespace

/// The bytes of shared or global memory at an address, or a fault.
TrackedBytes *Machine::tracked(Thread &thread, Space space, std::uint64_t address, std::uint64_t count,
                               bool writes, std::uint64_t &offset) {
  if (address % count != 0) {
    fail(thread, described(writes, count, "at an address that is no multiple of that"));
    return nullptr;
  }
  if (space == Space::Shared) {
    offset = address;
    if (address + count > shared.size()) {
      fail(thread, described(writes, count, "past the end of shared memory"));
      return nullptr;
    }
    return &shared;
  }
  TrackedBytes *found = memory.find(address, count, offset);
  if (!found)
    fail(thread, described(writes, count, "outside every allocation"));
  return found;
}

namespace {

/// The space that a generic address means, and the address in it.
Space resolved(Space space, std::uint64_t &address) {
  if (space != Space::Generic)
    return space;
  if (address >= kConstantBase || address < kSharedBase)
    return Space::Global;
  const Space found = address >= kLocalBase ? Space::Local : Space::Shared;
  address -= found == Space::Local ? kLocalBase : kSharedBase;
  return found;
}

} // namespace

bool Machine::loadBytes(Thread &thread, Space space, std::uint64_t address, std::uint64_t count, void *to) {
  space = resolved(space, address);
  auto plain = [&](const std::vector<std::uint8_t> &bytes, std::uint64_t from, const char *what) {
    if (from + count > bytes.size()) {
      fail(thread, described(false, count, what));
      return false;
    }
    std::memcpy(to, bytes.data() + from, count);
    return true;
  };
  if (space == Space::Parameter)
    return plain(launch.parameters, address, "past the parameters");
  if (space == Space::Local)
    return plain(thread.local, address, "past local memory");
  if (address >= kConstantBase && address < kConstantBase + module.constants.size())
    return plain(module.constants, address - kConstantBase, "past the constants");
  std::uint64_t offset = 0;
  TrackedBytes *bytes = tracked(thread, space, address, count, false, offset);
  if (!bytes)
    return false;
  const bool isShared = space == Space::Shared;
  const auto who = static_cast<std::int32_t>(
      isShared ? thread.number : static_cast<std::int64_t>(block * threads.size()) + thread.number);
  if (auto wrong = bytes->read(offset, count, isShared ? barriers : number, who)) {
    fail(thread, *wrong);
    return false;
  }
  std::memcpy(to, bytes->data() + offset, count);
  return true;
}

bool Machine::storeBytes(Thread &thread, Space space, std::uint64_t address, std::uint64_t count,
                         const void *from) {
  space = resolved(space, address);
  if (space == Space::Local) {
    if (address + count > thread.local.size()) {
      fail(thread, described(true, count, "past local memory"));
      return false;
    }
    std::memcpy(thread.local.data() + address, from, count);
    return true;
  }
  std::uint64_t offset = 0;
  TrackedBytes *bytes = tracked(thread, space, address, count, true, offset);
  if (!bytes)
    return false;
  const bool isShared = space == Space::Shared;
  const auto who = static_cast<std::int32_t>(
      isShared ? thread.number : static_cast<std::int64_t>(block * threads.size()) + thread.number);
  if (auto wrong = bytes->write(offset, count, isShared ? barriers : number, who)) {
    fail(thread, *wrong);
    return false;
  }
  std::memcpy(bytes->data() + offset, from, count);
  return true;
}

void Machine::executeMemory(Thread &thread, const Instruction &instruction) {
  const bool isLoad = instruction.op == Op::Load;
  const Operand &value = instruction.operands[isLoad ? 0 : 1];
  const std::uint64_t address = addressOf(thread, instruction.operands[isLoad ? 1 : 0]);
  const std::uint64_t width = instruction.type.bits / 8;
  std::uint64_t elements[4] = {};
  // A vector is one access: its address has to be a multiple of all of it.
  std::uint8_t bytes[32] = {};
  const std::uint64_t count = width * static_cast<std::uint64_t>(instruction.lanes);
  auto registerOf = [&](int lane) {
    return instruction.lanes == 1 ? value.reg : value.registers[static_cast<std::size_t>(lane)];
  };
  if (isLoad) {
    if (!loadBytes(thread, instruction.space, address, count, bytes))
      return;
    for (int lane = 0; lane < instruction.lanes; ++lane) {
      std::memcpy(&elements[lane], bytes + static_cast<std::uint64_t>(lane) * width, width);
      if (instruction.type.kind == Kind::Signed && width < 8 &&
          (elements[lane] >> (instruction.type.bits - 1) & 1) != 0)
        elements[lane] |= ~std::uint64_t{0} << instruction.type.bits;
      if (registerOf(lane) >= 0)
        thread.registers[static_cast<std::size_t>(registerOf(lane))] = elements[lane];
    }
    return;
  }
  for (int lane = 0; lane < instruction.lanes; ++lane) {
    elements[lane] = instruction.lanes == 1 ? valueOf(thread, value)
                                            : thread.registers[static_cast<std::size_t>(registerOf(lane))];
    std::memcpy(bytes + static_cast<std::uint64_t>(lane) * width, &elements[lane], width);
  }
  storeBytes(thread, instruction.space, address, count, bytes);
}

/// Copies happen as late as they may: what is read before they are waited for is what was there before.
void Machine::executeCopy(Thread &thread, const Instruction &instruction) {
  switch (instruction.op) {
  case Op::CopyAsync:
    announceCopy(thread, addressOf(thread, instruction.operands[0]),
                 valueOf(thread, instruction.operands[2]));
    thread.open.push_back({addressOf(thread, instruction.operands[0]),
                           addressOf(thread, instruction.operands[1]),
                           valueOf(thread, instruction.operands[2])});
    return;
  case Op::CommitCopies:
    thread.committed.push_back(std::move(thread.open));
    thread.open.clear();
    return;
  case Op::WaitAllCopies:
    thread.committed.push_back(std::move(thread.open));
    thread.open.clear();
    return finishCopies(thread, 0);
  default:
    return finishCopies(thread, valueOf(thread, instruction.operands[0]));
  }
}

/// From now on the bytes are this thread's to write: whoever else is at them before the next barrier is in a
/// race.
void Machine::announceCopy(const Thread &thread, std::uint64_t to, std::uint64_t bytes) {
  if (to % bytes != 0 || to + bytes > shared.size())
    return fail(thread, "copies past the end of shared memory, or out of alignment");
  if (auto wrong = shared.announce(to, bytes, barriers, thread.number))
    fail(thread, *wrong);
}

void Machine::finishCopies(Thread &thread, std::size_t left) {
  while (thread.committed.size() > left) {
    for (const PendingCopy &copy : thread.committed.front()) {
      std::uint8_t bytes[16] = {};
      if (!loadBytes(thread, Space::Global, copy.from, copy.bytes, bytes) ||
          !storeBytes(thread, Space::Shared, copy.to, copy.bytes, bytes))
        return;
    }
    thread.committed.erase(thread.committed.begin());
  }
}

} // namespace tl::gpu
