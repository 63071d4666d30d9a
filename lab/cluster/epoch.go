package cluster

import (
	"errors"
	"fmt"
	"os"

	"tournant/internal/storage"
)

// EpochOffset is where volume.Create puts the epoch block, in bytes.
const EpochOffset = 1 << 20

// TearEpoch spoils the first copy of the epoch block, as a write that the power cut
// in the middle does. Nobody may have the volume.
func (k *Cluster) TearEpoch() error {
	for _, v := range k.EC2.Status().Volumes {
		if v.Host != "" {
			return fmt.Errorf("cluster: %s has the volume", v.Host)
		}
	}
	f, err := os.OpenFile(k.Image(), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, storage.BlockSize/2), EpochOffset)
	return errors.Join(err, f.Close())
}
