// Stands for the package of this name, whose library is downloaded from elsewhere when it is
// installed. The client of bittorrent-tracker takes these three from it.
import wrtc from '@roamhq/wrtc'

export const { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate } = wrtc
