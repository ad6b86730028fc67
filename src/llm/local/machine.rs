//! What this machine has: cores, memory, vector instructions, space on a disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread::available_parallelism;

/// Cores that compute, at least one: two threads of one core share its arithmetic units, so they only get in each
/// other's way. Never more than this process may use.
pub fn cores() -> usize {
    let usable = available_parallelism().map_or(1, usize::from);
    let physical = fs::read_to_string("/proc/cpuinfo").map_or(0, |text| physical_cores(&text));
    match physical {
        0 => usable,
        physical => physical.min(usable),
    }
}

/// Bytes that this program can still take without anything being swapped out, on the machine and in the container that it
/// runs in; `None` where the system does not say.
pub fn free_memory() -> Option<u64> {
    let read = |name: &str| fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok();
    let in_container = || room_in_cgroup(&read("max")?, &read("current")?, &read("stat")?);
    [free_on_machine(), in_container()]
        .into_iter()
        .flatten()
        .min()
}

fn free_on_machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// What Linux' control group (version 2) leaves: files that are kept in memory give way. `None` without a limit.
fn room_in_cgroup(max: &str, current: &str, stat: &str) -> Option<u64> {
    let max: u64 = max.trim().parse().ok()?;
    let current: u64 = current.trim().parse().ok()?;
    let files = stat
        .lines()
        .find_map(|line| line.strip_prefix("file "))
        .and_then(|bytes| bytes.trim().parse().ok())
        .unwrap_or(0);
    Some(max.saturating_sub(current.saturating_sub(files)))
}

/// Bytes that this user may still write to the disk of `folder`; `None` where the system does not say.
pub fn free_space(folder: &Path) -> Option<u64> {
    let stat = nix::sys::statvfs::statvfs(folder).ok()?;
    #[cfg_attr(
        all(target_os = "linux", target_pointer_width = "64"),
        expect(clippy::useless_conversion, reason = "both are narrower elsewhere")
    )]
    let bytes = u64::from(stat.blocks_available()) * u64::from(stat.fragment_size());
    Some(bytes)
}

/// Whether the processor has the instructions that `.cargo/config.toml` has llama.cpp built with.
pub fn has_vector_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("fma")
            && std::is_x86_feature_detected!("f16c")
            && std::is_x86_feature_detected!("bmi2")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        true
    }
}

/// Distinct pairs of package and core in Linux' list of processors; 0 where it has none (ARM).
fn physical_cores(cpuinfo: &str) -> usize {
    let mut cores = BTreeSet::new();
    let mut package = "";
    for line in cpuinfo.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        match key.trim() {
            "physical id" => package = value.trim(),
            "core id" => {
                cores.insert((package, value.trim()));
            }
            _ => {}
        }
    }
    cores.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_of_one_core_count_once() {
        let cpu = |package, core| {
            format!("processor\t: 0\nphysical id\t: {package}\ncore id\t\t: {core}\n\n")
        };
        let text: String = [(0, 0), (0, 1), (0, 0), (0, 1), (1, 0)]
            .map(|(p, c)| cpu(p, c))
            .concat();
        assert_eq!(physical_cores(&text), 3);
        assert_eq!(physical_cores("processor : 0\nBogoMIPS : 50\n"), 0);
        assert!(cores() >= 1);
    }

    #[test]
    fn a_containers_limit_counts_and_what_it_keeps_of_files_gives_way() {
        let stat = "anon 300\nfile 500\nkernel 10\n";
        assert_eq!(room_in_cgroup("1000\n", "810\n", stat), Some(690));
        assert_eq!(room_in_cgroup("max\n", "810\n", stat), None);
        assert_eq!(room_in_cgroup("100\n", "810\n", ""), Some(0));
    }

    #[test]
    fn a_folder_that_is_there_has_a_disk_below_it() {
        assert!(free_space(Path::new("/")).is_some_and(|bytes| bytes > 0));
        assert_eq!(free_space(Path::new("/no/such/folder")), None);
    }
}
