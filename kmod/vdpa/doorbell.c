// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells: the page of a queue that kicks it, mapped into the owner's memory,
 * so that a guest of a hardware parent kicks without leaving to the host.
 *
 * Page faults have mmap_lock or a lock of the area and must not take dev.lock,
 * under which commands copy from the same memory. So a lock of their own guards
 * them against the removal of the parent.
 */
#include <linux/mm.h>
#include <linux/nospec.h>

#include "vdpa/vdpa.h"

/*
 * The page of queue @index: whole, and nothing but the doorbell is in it.
 * Return: its number; 0 when there is none.
 */
static unsigned long doorbell_pfn(struct vdpa_user *u, unsigned long index)
{
	struct vdpa_notification_area area;
	struct vdpa_device *vdpa = u->doorbell;

	lockdep_assert_held(&u->doorbell_lock);
	if (!vdpa || !vdpa->config->get_vq_notification || index >= vdpa->nvqs)
		return 0;
	index = array_index_nospec(index, vdpa->nvqs);
	area = vdpa->config->get_vq_notification(vdpa, index);
	if (!area.addr || !PAGE_ALIGNED(area.addr) || area.size != PAGE_SIZE)
		return 0;
	return PHYS_PFN(area.addr);
}

/* The index is checked anew: the area may be split or grown by then. */
static vm_fault_t fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vdpa_user *u = vdpa_user_of(vma->vm_file->private_data);
	unsigned long pfn;

	guard(mutex)(&u->doorbell_lock);
	pfn = doorbell_pfn(u, vmf->pgoff);
	if (!pfn)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vma, vmf->address & PAGE_MASK, pfn);
}

static const struct vm_operations_struct doorbell_vm_ops = {
	.fault = fault,
};

static int check_vma(const struct vm_area_struct *vma)
{
	if (vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & (VM_READ | VM_EXEC))
		return -EINVAL;
	return 0;
}

int vdpa_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vdpa_user *u = vdpa_user_of(file->private_data);
	int ret = check_vma(vma);

	if (ret)
		return ret;
	guard(mutex)(&u->doorbell_lock);
	if (!u->doorbell)
		return -ENODEV;
	if (!u->doorbell->config->get_vq_notification)
		return -EOPNOTSUPP;
	if (vma->vm_pgoff >= u->doorbell->nvqs)
		return -EINVAL;
	if (!doorbell_pfn(u, vma->vm_pgoff))
		return -EOPNOTSUPP;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vm_flags_mod(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP,
		     VM_MAYREAD | VM_MAYEXEC);
	vma->vm_ops = &doorbell_vm_ops;
	return 0;
}

/* A fault is through with the page, or finds no parent; then all pages go. */
void vdpa_doorbell_revoke(struct vdpa_user *u)
{
	scoped_guard(mutex, &u->doorbell_lock)
		u->doorbell = NULL;
	unmap_mapping_range(u->mapping, 0, 0, 1);
}
