package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"

	"tournant/lab/fakeec2"
	"tournant/lab/volume"
)

// CopyID is the volume that somebody made of a snapshot of the other one: the same
// bytes, epoch block and filesystem, and another serial.
const CopyID = "vol-0c0b1d2e3f4a59687"

// openCopy makes it, where the configuration asks for it.
func (k *Cluster) openCopy(ctx context.Context, disks map[string]fakeec2.Disk) (err error) {
	if !k.config.Copy {
		return nil
	}
	image := k.config.at("copy.img")
	if err := copySparse(ctx, k.Image(), image); err != nil {
		return err
	}
	k.copied, err = volume.Open(volume.Config{ID: CopyID, Image: image, Dir: k.config.at("disk"), Log: k.copyLog()})
	disks[CopyID] = k.copied
	return err
}

func (k *Cluster) copyLog() string { return k.config.at("copy.jsonl") }

// attachCopy asks EC2 as somebody would, for the name that the agents attach the
// volume under, and waits for the kernel's.
const attachCopy = `test ! -b /dev/nvme1n1 || { echo there is a device already; exit 1; }
curl -sSf --aws-sigv4 aws:amz:%s:ec2 --user %s:%s -d 'Action=AttachVolume&Version=2016-11-15&Device=/dev/xvdf&VolumeId=%s&InstanceId=%s' %s
for i in $(seq 60); do [ ! -b /dev/nvme1n1 ] || exit 0; sleep 1; done; exit 1`

// AttachCopy attaches the copy to a backend that has no device yet, where it has the
// names that the volume would get.
func (k *Cluster) AttachCopy(ctx context.Context, host string) error {
	if k.copied == nil {
		return errors.New("cluster: there is no copy of the volume")
	}
	for _, h := range k.config.Instances() {
		if h.Name == host {
			return k.script(ctx, host, fmt.Sprintf(attachCopy, Region, AccessKey, SecretKey, CopyID, h.Instance(), Endpoint()))
		}
	}
	return fmt.Errorf("cluster: no host is called %q", host)
}

// CheckCopy is what the copy's log proves.
func (k *Cluster) CheckCopy() (volume.Report, error) {
	log, err := os.Open(k.copyLog())
	if err != nil {
		return volume.Report{}, err
	}
	defer log.Close()
	return volume.Check(log)
}
