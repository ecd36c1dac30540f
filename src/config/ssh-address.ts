/** `ssh://user@host:port`, user and port optional. No part begins with a dash: ssh would take it for an option. */
export const sshAddressPattern = /^ssh:\/\/(?:[A-Za-z_][\w.-]*@)?(?:[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/;
