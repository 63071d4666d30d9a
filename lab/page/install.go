package page

import (
	"fmt"
	"slices"
	"strings"

	"tournant/lab/cluster"
)

// Install are the steps of a whole installation: the primary backend, the
// secondary, both frontends.
func Install(p Packages) []Step {
	return slices.Concat(Primary(p), Secondary(p), Frontend(p, "fe1"), Frontend(p, "fe2"))
}

const (
	primary   = "be1"
	secondary = "be2"
	// volumeNode is what a Nitro instance's kernel calls the volume.
	volumeNode = "/dev/nvme1n1"
	mountPoint = "/var/opt/opscode/drbd/data"

	noMapper = "this kernel has no device-mapper, and without it no logical volume can be used; the lab's volume comes divided " +
		"into two partitions, 1 MiB for the epoch and the rest for data, which is the layout for hosts without LVM"
	noConsole = "the page does it in the console, and Debian has no AWS CLI; curl signs the same request"
)

// Primary are the steps for the first backend.
func Primary(p Packages) []Step {
	return slices.Concat(
		[]Step{{
			Host: primary, Page: "Create an EBS volume and attach it to the primary backend.", Typed: attach(primary),
			Why: "the lab has made the volume; " + noConsole,
		}},
		install(primary, p.Tournant, "chef-server-core", "tournant"),
		install(primary, p.HA, "chef-ha", "tournant-ha"),
		[]Step{{
			Host: primary, Page: "Create a file named chef-server.rb that is located in the /etc/opscode/ directory.",
			Typed: "install -D -m 600 /dev/stdin /etc/opscode/chef-server.rb", Text: serverRB(),
			Why: "in an editor; the file is the page's with the lab's keys, volume and EC2 endpoint, and the second frontend",
		}},
		volume(),
		reconfigure(primary),
		status(primary, true),
	)
}

// volume are the steps for the volume that there is one of.
func volume() []Step {
	return []Step{
		{Host: primary, Page: "sudo apt-get install lvm2", Typed: "sudo apt-get install -q -y lvm2", Why: "nobody is there to answer yes"},
		{Host: primary, Page: "sudo pvcreate /dev/xvdf", Typed: nothing, Why: noMapper},
		{Host: primary, Page: "sudo vgcreate chef /dev/xvdf", Typed: nothing, Why: "as pvcreate"},
		{Host: primary, Page: "sudo lvcreate -l 85%VG -n data chef", Typed: nothing, Why: "as pvcreate"},
		{Host: primary, Page: "sudo mkdir -p " + mountPoint},
		{Host: primary, Page: "sudo mkfs.ext4 /dev/mapper/chef-data", Typed: "sudo mkfs.ext4 -q " + volumeNode + "p2", Why: "as pvcreate; /dev/xvdf is " + volumeNode + " on Nitro"},
		{Host: primary, Page: "sudo mount /dev/mapper/chef-data " + mountPoint, Typed: "sudo mount " + volumeNode + "p2 " + mountPoint, Why: "as mkfs.ext4"},
	}
}

// Secondary are the steps for the other backend.
func Secondary(p Packages) []Step {
	return slices.Concat(
		[]Step{{
			Host: secondary, Page: "Create an EBS volume and attach it to the secondary backend.", Typed: nothing,
			Why: "there is one volume, which both share: a second one with a volume group chef would be taken for it",
		}},
		install(secondary, p.Tournant, "chef-server-core", "tournant"),
		install(secondary, p.HA, "chef-ha", "tournant-ha"),
		[]Step{
			{Host: secondary, Page: "sudo apt-get install lvm2", Typed: "sudo apt-get install -q -y lvm2", Why: "nobody is there to answer yes"},
			{Host: secondary, Page: "sudo pvcreate … mkfs.ext4 … mount …", Typed: nothing, Why: "the volume is prepared, and is the primary's at the moment"},
		},
		copyConfiguration(secondary),
		reconfigure(secondary),
		status(secondary, false),
		status(primary, false),
	)
}

// Frontend are the steps for a frontend.
func Frontend(p Packages, host string) []Step {
	return slices.Concat(
		[]Step{{
			Host: host, Page: "Create an EBS volume and attach it to the secondary backend.", Typed: nothing,
			Why: "a slip of the page: frontends have no volume",
		}},
		install(host, p.Tournant, "chef-server-core", "tournant"),
		copyConfiguration(host),
		[]Step{
			{
				Host: host, Page: "Enable the premium features of the Chef server!", Typed: nothing,
				Why: "they are separate programs, and not part of Tournant",
			},
			{Host: host, Page: "sudo chef-server-ctl reconfigure"},
			{Host: host, Page: haStatus, Typed: Settled, Why: "typed again until all is well: the server is just starting"},
		},
	)
}

// install copies a package to a host and installs it.
func install(host, file, was, name string) []Step {
	to := "/tmp/" + name + ".deb"
	return []Step{
		{Host: host, Page: "Download the package " + was + ".", Typed: "cat > " + to, File: file, Why: "the machines have no way out; the package was built here"},
		{
			Host: host, Page: "dpkg -i /tmp/" + was + "-<version>.deb", Typed: "sudo apt-get install -q -y " + to,
			Why: "dpkg -i brings nothing that the package needs; apt-get does, and installs the same file",
		},
	}
}

func copyConfiguration(host string) []Step {
	return []Step{{
		Host: host, Page: "Create the /etc/opscode/ directory, and then copy the chef-server.rb file from the primary backend.",
		Typed: "tar -C / -xpf -", From: primary, Give: "tar -C / -cf - etc/opscode",
		Why: "all of /etc/opscode is needed, with the secrets; no SSH server is there for scp",
	}}
}

func reconfigure(host string) []Step {
	return []Step{{Host: host, Page: "sudo chef-server-ctl reconfigure"}}
}

// status is what both backends are asked for after reconfigure. Alone, the first
// one says that the other is not there.
func status(host string, alone bool) []Step {
	s := Step{Host: host, Page: haStatus, Typed: Settled, Why: "typed again until all is well: EC2 takes its time"}
	if alone {
		s.Typed, s.Why = haStatus+" || echo exit code $?", "the other backend is not there yet, and ha-status says so, also by its exit code"
	}
	return []Step{s, {Host: host, Page: "ip addr list dev eth0"}}
}

const haStatus = "sudo chef-server-ctl ha-status"

// Settled is that command typed once a second until it says that all is well, at
// most for a minute.
const Settled = "for i in $(seq 60); do " + haStatus + " > /tmp/ha-status 2>&1 && break; sleep 1; done; " + haStatus

// attach asks EC2 to attach the volume, and waits for the device.
func attach(host string) string {
	instance := ""
	for _, h := range hosts {
		if h.Name == host {
			instance = h.Instance()
		}
	}
	query := []string{
		"Action=AttachVolume", "Version=2016-11-15", "Device=/dev/xvdf", "VolumeId=" + cluster.VolumeID, "InstanceId=" + instance,
	}
	return fmt.Sprintf("curl -sSf --aws-sigv4 aws:amz:%s:ec2 --user %s:%s -d '%s' %s\nfor i in $(seq 60); do [ ! -b %s ] || break; sleep 1; done; test -b %[6]s",
		cluster.Region, cluster.AccessKey, cluster.SecretKey, strings.Join(query, "&"), cluster.Endpoint(), volumeNode)
}
